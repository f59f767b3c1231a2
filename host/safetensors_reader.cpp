// The reading half of safetensors.h. Nothing is believed before it was checked: the checks and their order are those of
// the reference, so that both accept the same files.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "ae/error.h"
#include "atomic_file.h"
#include "safetensors.h"

namespace ae {

namespace {

using nlohmann::json;

constexpr std::uint64_t kLargestHeader = 100'000'000;
constexpr std::size_t kMostDimensions = 64;

/// A text of the file in a message: quoted, escaped, never long.
std::string in_quotes(const std::string& text) {
    constexpr std::size_t kLongest = 80;
    const std::string shown = text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
    return json(shown).dump(-1, ' ', true, json::error_handler_t::replace);
}

struct Place {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0, end = 0;
};

/// Reads the JSON header entry by entry, so that memory never holds more of it than one entry's tree.
class HeaderReader {
public:
    explicit HeaderReader(const std::string& file) : file_(file) {}

    void read(std::string_view text) {
        if (text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())).substr(0, 1) != "{")
            fail("its header does not begin with {");
        try {
            const json nothing_left = json::parse(text, [this](int depth, json::parse_event_t event, json& parsed) {
                return accept(depth, event, parsed);
            });
        } catch (const json::exception& error) {
            const std::string reason = error.what();
            fail(fmt::format("its header is not JSON in UTF-8: {}", reason.substr(reason.find(' ') + 1, 160)));
        }
    }

    Metadata metadata;
    std::vector<Place> places;

private:
    [[noreturn]] void fail(const std::string& what) const { throw ModelError(file_ + ": " + what); }

    /// Called at every event of the parser; false drops what was parsed.
    bool accept(int depth, json::parse_event_t event, json& parsed) {
        using Event = json::parse_event_t;
        if (event == Event::object_start) begin_object(depth);
        if (event == Event::array_start) begin_array(depth);
        if (event == Event::key) note_key(depth, parsed.get<std::string>());
        if (event == Event::value) count_value(depth);
        if (event != Event::object_end || depth != 1) return true;
        take_entry(parsed);
        return false;
    }

    void begin_object(int depth) {
        if (depth > 1) fail(fmt::format("its header is nested too deeply at {}", in_quotes(entry_)));
        inner_keys_.clear();
    }

    void begin_array(int depth) {
        if (depth == 1) fail(fmt::format("its header's entry {} is not an object", in_quotes(entry_)));
        if (depth > 2) fail(fmt::format("its header is nested too deeply at {}", in_quotes(entry_)));
        dimensions_ = 0;
    }

    void note_key(int depth, const std::string& key) {
        auto& keys = depth == 1 ? entries_ : inner_keys_;
        if (!keys.insert(key).second) fail(fmt::format("its header has the key {} twice", in_quotes(key)));
        if (depth == 1) entry_ = key;
    }

    void count_value(int depth) {
        if (depth == 1) fail(fmt::format("its header's entry {} is not an object", in_quotes(entry_)));
        if (depth == 3 && ++dimensions_ > kMostDimensions)
            fail(fmt::format("tensor {} has more than {} dimensions", in_quotes(entry_), kMostDimensions));
    }

    void take_entry(const json& value) {
        if (entry_ == "__metadata__")
            take_metadata(value);
        else
            places.push_back(place(value));
    }

    void take_metadata(const json& value) {
        for (const auto& [key, text] : value.items()) {
            if (!text.is_string()) fail(fmt::format("its metadata {} is not a text", in_quotes(key)));
            metadata[key] = text.get<std::string>();
        }
    }

    Place place(const json& value) const {
        Place place{entry_, dtype(value), numbers(value, "shape"), 0, 0};
        const std::vector<std::uint64_t> offsets = numbers(value, "data_offsets");
        if (offsets.size() != 2) fail(fmt::format("tensor {} needs two data_offsets", in_quotes(entry_)));
        place.begin = offsets[0], place.end = offsets[1];
        return place;
    }

    Dtype dtype(const json& value) const {
        const auto at = value.find("dtype");
        if (at == value.end() || !at->is_string()) fail(fmt::format("tensor {} has no dtype", in_quotes(entry_)));
        const auto dtype = dtype_named(at->get<std::string>());
        if (!dtype) fail(fmt::format("tensor {} has the unknown dtype {}", in_quotes(entry_), in_quotes(*at)));
        return *dtype;
    }

    std::vector<std::uint64_t> numbers(const json& value, const char* key) const {
        const auto at = value.find(key);
        if (at == value.end() || !at->is_array() ||
            !std::all_of(at->begin(), at->end(), [](const json& n) { return n.is_number_unsigned(); }))
            fail(fmt::format("tensor {} has no {} of whole numbers", in_quotes(entry_), key));
        return at->get<std::vector<std::uint64_t>>();
    }

    const std::string& file_;
    std::string entry_;
    std::set<std::string> entries_, inner_keys_;
    std::size_t dimensions_ = 0;
};

/// Every byte of the buffer belongs to exactly one tensor. Returns the buffer's length.
std::uint64_t check_places(std::vector<Place>& places, const std::string& name) {
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
    std::uint64_t end = 0;
    for (const Place& place : places) {
        if (place.begin != end || place.end < place.begin)
            throw ModelError(
                fmt::format("{}: tensor {} lies at bytes {} to {} of the data, expected it to begin at {} "
                            "(tensors must not overlap and leave no holes)",
                            name, in_quotes(place.name), place.begin, place.end, end));
        end = place.end;
    }
    for (const Place& place : places) {
        const auto size = byte_size(place.dtype, place.shape);
        if (!size) throw ModelError(fmt::format("{}: tensor {} has an impossible shape", name, in_quotes(place.name)));
        if (*size != place.end - place.begin)
            throw ModelError(fmt::format("{}: tensor {} takes {} bytes, its shape and dtype need {}", name,
                                         in_quotes(place.name), place.end - place.begin, *size));
    }
    return end;
}

std::uint64_t header_length(std::string_view bytes, const std::string& name) {
    if (bytes.size() < 8)
        throw ModelError(fmt::format("{}: {} bytes are too few for a safetensors file", name, bytes.size()));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    if (length > kLargestHeader)
        throw ModelError(
            fmt::format("{}: its header claims {} bytes, more than the {} allowed; is it a safetensors "
                        "file?",
                        name, length, kLargestHeader));
    if (length > bytes.size() - 8)
        throw ModelError(fmt::format("{}: its header claims {} bytes, the file has only {} more; it was cut short",
                                     name, length, bytes.size() - 8));
    return length;
}

[[noreturn]] void cannot_read(const std::filesystem::path& path, const std::string& why) {
    throw ModelError(fmt::format("{}: cannot read it: {}", path.string(), why));
}

/// Only a regular file has a length that can be trusted.
std::string read_bytes(const std::filesystem::path& path) {
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) cannot_read(path, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) cannot_read(path, "not a regular file");
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t n = ::read(fd.get(), bytes.data() + have, bytes.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) cannot_read(path, std::strerror(errno));
        if (n == 0) cannot_read(path, "it became shorter while it was read");
        have += static_cast<std::size_t>(n);
    }
    return bytes;
}

}  // namespace

TensorFile parse_safetensors(std::string_view bytes, const std::string& name) {
    const std::uint64_t length = header_length(bytes, name);
    HeaderReader header(name);
    header.read(bytes.substr(8, length));
    const std::string_view buffer = bytes.substr(8 + length);
    const std::uint64_t end = check_places(header.places, name);
    if (end > buffer.size())
        throw ModelError(
            fmt::format("{}: its tensors need {} bytes, {} are there; it was cut short", name, end, buffer.size()));
    if (end < buffer.size())
        throw ModelError(fmt::format("{}: {} bytes follow its last tensor, expected none", name, buffer.size() - end));
    TensorFile file{std::move(header.metadata), {}};
    for (Place& place : header.places)
        file.tensors[std::move(place.name)] = {place.dtype, std::move(place.shape),
                                               std::string(buffer.substr(place.begin, place.end - place.begin))};
    return file;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
    return parse_safetensors(read_bytes(path), path.string());
}

}  // namespace ae
