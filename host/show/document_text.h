// A JSON document as text for people.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace ae {

/// One line a value, names in a column; lists of objects as tables, objects indented below their name, numbers under
/// "shape" as 60000×28×28. No text of a file can move the terminal's cursor, and none is longer than a few lines.
std::string document_text(const nlohmann::ordered_json& document);

/// A head and rows of texts as lines that are printable(), each column flush right but for the first and those without
/// a head.
std::string aligned(const std::vector<std::vector<std::string>>& table);

/// A text of a file as one line of a terminal: printable(), never long.
std::string short_text(const std::string& text);

}  // namespace ae
