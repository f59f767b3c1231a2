// Checks of output paths before a command starts its work; every command with an output calls them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ae {

/// The files that a command reads.
class ReadFiles {
public:
    ReadFiles& file(const std::filesystem::path& path);
    ReadFiles& model(const std::filesystem::path& path);  ///< a file, or a run folder: all files of the run
    ReadFiles& source(const std::string& name);           ///< images: a file, a folder, a data set's name

    /// Throws UsageError if `output` is one of them, under any name and by any link.
    void refuse(const std::filesystem::path& output) const;

private:
    std::vector<std::filesystem::path> files_;
};

/// Throws UsageError if `output` has none of the endings (upper or lower case; a device or a pipe needs none) or is a
/// file that is read. Removes the files that killed writers have left in its folder.
void check_output(const std::filesystem::path& output, const std::vector<std::string>& endings, const ReadFiles& read);

/// The same for an output whose format was named apart from its ending.
void check_output(const std::filesystem::path& output, const ReadFiles& read);

/// check_output() for an output that may be "-", the standard output. Throws UsageError where that is a terminal, which
/// bytes would confuse.
void check_binary_output(const std::filesystem::path& output, const std::vector<std::string>& endings,
                         const ReadFiles& read);

/// Throws UsageError if `output`, which `named_by` names and which holds the `content`, is the standard output: that of
/// the text that `option` asks for. An empty option asks for none.
void check_apart(const std::string& option, const std::filesystem::path& output, const std::string& content,
                 const std::string& named_by = "-o");

/// The path, or "the standard output": for messages.
std::string shown_output(const std::filesystem::path& output);

}  // namespace ae
