#include "file/safetensors_header.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "ae/error.h"
#include "base/json_text.h"

namespace ae {

namespace {

using nlohmann::json;

constexpr std::size_t kMostTensorDimensions = 64, kMostKeys = 16;

/// Takes the header's entries one by one from the JSON parser, without a tree, so that memory holds no more than they
/// need.
class TensorHeaderReader : public nlohmann::json_sax<json> {
public:
    explicit TensorHeaderReader(const std::string& file) : file_(file) {}

    void read(std::string_view text) {
        const std::size_t first = text.find_first_not_of(" \t\r\n");
        if (first == text.npos || text[first] != '{') fail("its header does not begin with {");
        if (text.find('\0') != text.npos) fail("its header holds a zero byte");  // nlohmann would stop reading there
        json::sax_parse(text, this);
    }

    TensorHeader header;

    bool key(string_t& name) override {
        if (depth_ == 1 && !entries_.insert(name).second) fail_twice(name);
        if (depth_ == 2 && (in_metadata() ? header.metadata.contains(name) : !keys_.insert(name).second))
            fail_twice(name);
        if (keys_.size() > kMostKeys) fail(fmt::format("tensor {} has too many keys", in_quotes(entry_)));
        (depth_ == 1 ? entry_ : key_) = name;
        return true;
    }

    bool start_object(std::size_t) override {
        if (++depth_ > 2) fail_depth();
        if (depth_ == 2 && !in_metadata()) header.places.push_back({.name = entry_});
        return true;
    }
    bool end_object() override {
        if (depth_-- == 2 && !in_metadata()) check_entry();
        keys_.clear();
        return true;
    }

    bool start_array(std::size_t) override {
        if (depth_ != 2 || in_metadata() || key_ == "dtype") fail_value();
        if (std::exchange(in_array_, true)) fail_depth();
        return true;
    }
    bool end_array() override { return in_array_ = false, true; }

    bool string(string_t& value) override {
        if (depth_ != 2 || in_array_ || key_is_numbers()) fail_value();
        if (in_metadata())
            header.metadata[key_] = value;
        else if (key_ == "dtype")
            set_dtype(value);
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        if (!in_array_) return other();
        if (key_ == "shape") add_to(header.places.back().shape, value, kMostTensorDimensions);
        if (key_ == "data_offsets") add_to(offsets_, value, 2);
        return true;
    }

    bool null() override { return (depth_ == 1 && in_metadata()) || other(); }
    bool boolean(bool) override { return other(); }
    bool number_integer(number_integer_t) override { return other(); }
    bool number_float(number_float_t, const string_t&) override { return other(); }
    bool binary(binary_t&) override { return other(); }
    bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception& error) override {
        const std::string_view what = error.what();
        fail(fmt::format("its header is not JSON in UTF-8 at byte {}: {}", at, what.substr(what.find(' ') + 1, 160)));
    }

private:
    bool in_metadata() const { return entry_ == "__metadata__"; }

    bool key_is_numbers() const { return !in_metadata() && (key_ == "shape" || key_ == "data_offsets"); }

    /// A value that is allowed only under a key unknown to us.
    bool other() {
        if (depth_ != 2 || in_metadata() || key_ == "dtype" || key_is_numbers()) fail_value();
        return true;
    }

    void set_dtype(const std::string& value) {
        const auto dtype = dtype_named(value);
        if (!dtype) fail(fmt::format("tensor {} has the unknown dtype {}", in_quotes(entry_), in_quotes(value)));
        header.places.back().dtype = *dtype;
    }

    void add_to(std::vector<std::uint64_t>& numbers, std::uint64_t value, std::size_t most) {
        if (numbers.size() == most)
            fail(fmt::format("tensor {} has more than {} numbers as {}", in_quotes(entry_), most, in_quotes(key_)));
        numbers.push_back(value);
    }

    void check_entry() {
        for (const char* needed : {"dtype", "shape", "data_offsets"})
            if (!keys_.contains(needed)) fail(fmt::format("tensor {} has no {}", in_quotes(entry_), needed));
        if (offsets_.size() != 2) fail(fmt::format("tensor {} needs two data_offsets", in_quotes(entry_)));
        header.places.back().begin = offsets_[0], header.places.back().end = offsets_[1];
        offsets_.clear();
    }

    [[noreturn]] void fail(const std::string& what) const { throw ModelError(file_ + ": " + what); }
    [[noreturn]] void fail_depth() const {
        fail(fmt::format("its header is nested too deeply at {}", in_quotes(entry_)));
    }
    [[noreturn]] void fail_twice(const std::string& key) const {
        fail(fmt::format("its header has the key {} twice", in_quotes(key)));
    }
    [[noreturn]] void fail_value() const {
        fail(depth_ < 2 ? fmt::format("its header's entry {} is not an object", in_quotes(entry_))
                        : fmt::format("its header's entry {} has a wrong kind of value as {}", in_quotes(entry_),
                                      in_quotes(key_)));
    }

    const std::string& file_;
    std::string entry_, key_;
    std::set<std::string> entries_, keys_;
    std::vector<std::uint64_t> offsets_;
    int depth_ = 0;
    bool in_array_ = false;
};

}  // namespace

TensorHeader read_tensor_header(std::string_view text, const std::string& file) {
    TensorHeaderReader reader(file);
    reader.read(text);
    return std::move(reader.header);
}

std::string in_quotes(const std::string& text) {
    constexpr std::size_t kLongest = 80;
    const std::string shown = text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
    return json_text(json(shown));
}

}  // namespace ae
