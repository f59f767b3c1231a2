#include "train/metrics_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "ae/error.h"
#include "base/json_text.h"
#include "base/utc_time.h"
#include "file/input_file.h"

namespace ae {

namespace {

using nlohmann::ordered_json;

constexpr const char* kCsvHeader = "epoch,loss,val_loss,val_mse,images_per_s,seconds\n";

/// The digits that a float needs to be read back bit-identical.
std::string digits(double value) {
    return fmt::format("{:.9g}", value);
}

double rounded(double value) {
    return std::strtod(digits(value).c_str(), nullptr);
}

/// Length of the file without an incomplete last line.
off_t whole_lines(int fd) {
    off_t end = ::lseek(fd, 0, SEEK_END);
    char last = 0;
    while (end > 0 && ::pread(fd, &last, 1, end - 1) == 1 && last != '\n') --end;
    return end;
}

std::string csv_row(const EpochRecord& e) {
    return fmt::format("{},{},{},{},{},{}\n", e.epoch, digits(e.loss), digits(e.val_loss), digits(e.val_mse),
                       digits(e.images_per_s), digits(e.seconds));
}

/// The epoch of an event that tells the end of one; 0 for any other line.
int epoch_of(std::string_view line) {
    const nlohmann::json event = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object()) return 0;
    const auto kind = event.find("event"), epoch = event.find("epoch");  // not copied: brackets may be deep
    if (kind == event.end() || *kind != "epoch" || epoch == event.end()) return 0;
    return epoch->is_number_integer() ? epoch->get<int>() : 0;
}

/// Writes the history into the file and returns its path.
const std::filesystem::path& begun_with(const std::filesystem::path& path, const History& history) {
    write_file(path, metrics_csv(history));
    return path;
}

}  // namespace

std::string metrics_csv(const History& history) {
    std::string text = kCsvHeader;
    for (const EpochRecord& record : history) text += csv_row(record);
    return text;
}

ordered_json epoch_json(const EpochRecord& e) {
    return {{"epoch", e.epoch},
            {"loss", e.loss},
            {"val_loss", e.val_loss},
            {"val_mse", e.val_mse},
            {"images_per_s", e.images_per_s},
            {"seconds", e.seconds}};
}

LineLog::LineLog(std::filesystem::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (!fd_.valid()) throw output_error(path_, "cannot open it", errno);
    if (::ftruncate(fd_.get(), whole_lines(fd_.get())) != 0) throw output_error(path_, "cannot repair it", errno);
}

void LineLog::add(std::string_view line) {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
    if (write_all(fd_.get(), line)) return;
    const int error_number = errno;
    (void)!::ftruncate(fd_.get(), end);  // fails only where the next opening will repair the line
    throw output_error(path_, "cannot add a line", error_number);
}

EpochTable::EpochTable(const std::filesystem::path& path, const History& history) : log_(begun_with(path, history)) {}

void EpochTable::add(const EpochRecord& record) {
    log_.add(csv_row(record));
}

void LineLog::cut(std::uint64_t length) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(length)) != 0) throw output_error(path_, "cannot cut it back", errno);
}

void EventLog::cut_after(int epoch) {
    std::string text;
    try {
        text = read_input(log_.path());
    } catch (const DataError&) {  // no regular file
        return;
    }
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
        if (epoch_of(std::string_view(text).substr(begin, end - begin)) <= epoch) continue;
        log_.cut(begin);
        return;
    }
}

void EventLog::add(const std::string& event, const ordered_json& fields) {
    ordered_json line{{"event", event}, {"time", utc_time()}};
    bool has_nan = false;
    for (const auto& [key, value] : fields.items()) {
        const bool is_nan = value.is_number_float() && !std::isfinite(value.get<double>());
        has_nan |= is_nan;
        line[key] = is_nan ? ordered_json() : value.is_number_float() ? ordered_json(rounded(value)) : value;
    }
    if (has_nan) line["nan"] = true;
    log_.add(json_text(line) + "\n");
}

}  // namespace ae
