// ae_cuda decode: codes to images.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "ae/error.h"
#include "base/row_source.h"
#include "base/stopwatch.h"
#include "base/terminal.h"
#include "base/text.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/number_output.h"
#include "command/outputs.h"
#include "command/print_document.h"
#include "data/image_check.h"
#include "data/image_stream.h"
#include "file/npy.h"
#include "file/npy_file.h"
#include "file/standard_input.h"

namespace ae {
namespace {

/// The codes of a file, n × code size or a single one, read piece by piece unless they lie in Fortran order.
class Codes final : public RowSource {
public:
    /// Throws UsageError for another shape, DataError for values that are no codes.
    Codes(const std::string& path, int code_size) : path_(path), file_(path), code_size_(code_size) {
        const std::vector<std::uint64_t>& shape = file_.shape();
        if (!file_.is_row_major()) held_ = floats_of(file_.read());
        if (file_.is_row_major()) floats_of(file_.read(0, 0));  // refuses values of another type
        const std::size_t rank = shape.size();
        if ((rank != 1 && rank != 2) || shape.back() != static_cast<std::uint64_t>(code_size))
            throw UsageError(fmt::format("{}: an array of shape {}; the model takes codes of {} numbers, n×{}", path,
                                         shape_text(shape), code_size, code_size));
        if (rank == 2 && shape[0] == 0) throw DataError(fmt::format("{}: holds no codes", path));
        check_counts(path, {rank == 2 ? shape[0] : 1, 1, shape.back()});
        count_ = rank == 2 ? static_cast<int>(shape[0]) : 1;
    }

    int rows() const override { return count_; }
    int cols() const override { return code_size_; }
    std::vector<float> read(int first, int n) const override {
        const auto begin = static_cast<std::uint64_t>(first) * static_cast<std::uint64_t>(code_size_),
                   count = static_cast<std::uint64_t>(n) * static_cast<std::uint64_t>(code_size_);
        std::vector<float> codes;
        if (held_.empty())
            codes = floats_of(file_.read(begin, count));
        else
            codes.assign(held_.begin() + static_cast<std::ptrdiff_t>(begin),
                         held_.begin() + static_cast<std::ptrdiff_t>(begin + count));
        check_finite(codes, first);
        return codes;
    }

private:
    std::vector<float> floats_of(const Tensor& tensor) const {
        Npy array = as_npy(tensor, path_);
        auto* const codes = std::get_if<std::vector<float>>(&array.values);
        if (!codes) throw DataError(fmt::format("{}: holds bytes; codes are float32", path_));
        return std::move(*codes);
    }

    void check_finite(std::span<const float> codes, int first) const {
        const auto bad = std::ranges::find_if_not(codes, [](float v) { return std::isfinite(v); });
        if (bad == codes.end()) return;
        const auto place = static_cast<int>(bad - codes.begin());
        throw DataError(fmt::format("{}: {} in code {}, dimension {}; finite numbers were expected", path_,
                                    without_sign_of_nan(*bad), first + place / code_size_, place % code_size_));
    }

    std::string path_;
    NpyFile file_;
    int code_size_, count_ = 0;
    std::vector<float> held_;  ///< an array in Fortran order
};

class CodesOfStandardInput final : public RowSource {
public:
    explicit CodesOfStandardInput(int code_size)
        : codes_(input_.by_its_name([&] { return std::make_unique<Codes>(input_.path().string(), code_size); })) {}

    int rows() const override { return codes_->rows(); }
    int cols() const override { return codes_->cols(); }
    std::vector<float> read(int first, int n) const override {
        return input_.by_its_name([&] { return codes_->read(first, n); });
    }

private:
    StandardInput input_;
    std::unique_ptr<Codes> codes_;
};

std::unique_ptr<RowSource> open_codes(const std::string& path, int code_size) {
    if (is_standard_input(path)) return std::make_unique<CodesOfStandardInput>(code_size);
    return std::make_unique<Codes>(path, code_size);
}

/// The size asked for, or the one that the model's file tells; without either every image is one row.
ImageSize choose_size(const std::string& asked, const Model& model) {
    if (asked.empty()) return wanted_images(model).size_or_row();
    const ImageSize size = parse_image_size(asked);
    if (std::int64_t(size.width) * size.height != model.settings.shape.pixels())
        throw UsageError(
            fmt::format("--size {}: the model's images have {} pixels", asked, model.settings.shape.pixels()));
    return size;
}

}  // namespace

int decode_command(const Arguments& arguments, Group* ranks) {
    std::string path, in, out, size;
    bool json = false;
    EngineArguments engine{.group = ranks};
    CommandLine line("decode", "Turns codes into images, as an array (images × height × width, float32) or a picture.",
                     "ae_cuda decode runs/first codes.npy -o images.npy");
    line.add_option("MODEL", path, "A model.safetensors or a run folder").required();
    line.add_option("CODES", in, "The codes, .npy: n × code size; -: the standard input").required();
    line.add_option("-o,--output", out, "The images: .npy, .csv for a table, or .png for a grid; -: .npy on stdout")
        .required();
    line.add_option("--size", size, "HEIGHTxWIDTH (default: that of the images that the model was trained on)");
    line.add_flag("--json", json, "One JSON document about it");
    engine.add_to(line);
    if (!line.read(arguments)) return 0;
    check_apart(json ? "--json" : "", out, "images");
    check_binary_output(out, {".npy", ".csv", ".png"}, ReadFiles().model(path).file(in));

    const AppliedModel applied = apply_model(path, engine);
    const Shape& shape = applied.model.settings.shape;
    const std::unique_ptr<RowSource> codes = open_codes(in, shape.code_size());
    const int count = codes->rows();
    const ImageSize image_size = choose_size(size, applied.model);
    const Stopwatch watch;
    ResultWriter images(out, static_cast<std::uint64_t>(count), applied.model, image_size);
    for_chunks(*codes, images_at_a_time(image_size), "decode",
               [&](int, std::span<const float> part) { images.write(applied.network->decode(part)); });
    images.commit();
    const double seconds = watch.seconds();
    if (json) {
        const nlohmann::ordered_json document = {{"model", path},
                                                 {"codes", in},
                                                 {"images", count},
                                                 {"output", out},
                                                 {"engine", applied.network->name()},
                                                 {"seconds", seconds},
                                                 {"images_per_s", count / seconds}};
        print_document(document);
    }
    say("wrote {}: {} images", shown_output(out), count);
    return 0;
}

}  // namespace ae
