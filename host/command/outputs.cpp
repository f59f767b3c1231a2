#include "command/outputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "ae/error.h"
#include "data/image_input.h"
#include "file/atomic_file.h"
#include "file/paths.h"
#include "train/run_folder.h"

namespace ae {

namespace fs = std::filesystem;

ReadFiles& ReadFiles::file(const fs::path& path) {
    files_.push_back(path);
    return *this;
}

ReadFiles& ReadFiles::model(const fs::path& path) {
    if (look_at(path).kind != PathKind::folder) return file(path);
    for (const fs::path& run_file : files_of_run(path)) file(run_file);
    return *this;
}

ReadFiles& ReadFiles::source(const std::string& name) {
    for (const fs::path& image_file : files_of_source(name)) file(image_file);
    return *this;
}

void ReadFiles::refuse(const fs::path& output) const {
    for (const fs::path& input : files_)
        if (is_same_file(input, output))
            throw UsageError(
                fmt::format("{}: is read by this command ({}), so it cannot be written; name another output",
                            output.string(), input.string()));
}

void check_output(const fs::path& output, const ReadFiles& read) {
    if (is_standard_output(output))
        throw UsageError("-: this command does not write to the standard output; name a file");
    read.refuse(output);
    remove_leftovers(output.has_parent_path() ? output.parent_path() : fs::path("."));
}

void check_output(const fs::path& output, const std::vector<std::string>& endings, const ReadFiles& read) {
    const bool takes_anything = look_at(output).kind == PathKind::other || output.native().starts_with("/dev/");
    if (output != "-" && !takes_anything && std::ranges::find(endings, ending_of(output)) == endings.end())
        throw UsageError(fmt::format("{}: its name must end with {}; give the output one of these endings",
                                     output.string(), fmt::join(endings, " or ")));
    check_output(output, read);
}

void check_binary_output(const fs::path& output, const std::vector<std::string>& endings, const ReadFiles& read) {
    if (!is_standard_output(output)) return check_output(output, endings, read);
    if (isatty(STDOUT_FILENO) != 0)
        throw UsageError(
            "-: the standard output is a terminal, which cannot show binary data; add | or > to send it on");
}

void check_apart(const std::string& option, const fs::path& output, const std::string& content,
                 const std::string& named_by) {
    if (!option.empty() && is_standard_output(output))
        throw UsageError(
            fmt::format("{}: the standard output holds the {}; name a file with {}", option, content, named_by));
}

std::string shown_output(const fs::path& output) {
    return is_standard_output(output) ? "the standard output" : output.string();
}

}  // namespace ae
