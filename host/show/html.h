// Pieces of an HTML page, as text.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "file/picture.h"

namespace ae::html {

/// Text with the characters that HTML reads as its own (& < > " ') written out.
std::string escape(std::string_view text);

/// <img> with the picture inside it, as a data: URL. `alt` is for those who cannot see it.
std::string image(const Picture& picture, std::string_view alt);

/// A table of texts, escaped here. All columns but the first are set flush right.
struct Table {
    std::vector<std::string> head;  ///< empty: a table of names and values
    std::vector<std::vector<std::string>> rows;
};
std::string table(const Table& content);

/// A section with its heading; `body` is HTML already.
std::string section(std::string_view heading, std::string_view body);

/// A paragraph of plain text.
std::string paragraph(std::string_view text);

/// A page in one file: no script, no external file, light or dark like the reader's screen.
std::string page(std::string_view title, std::string_view body);

}  // namespace ae::html
