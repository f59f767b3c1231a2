#include "use/symbol_table.h"

#include <algorithm>
#include <cmath>

namespace ae {
namespace {

constexpr int kLargestClass = 63;

std::uint64_t weight(int count_class) {
    if (count_class == 0) return 0;
    const std::uint64_t root = count_class % 2 == 1 ? 32'768 : 46'341;  // 2^15, and 2^15·√2
    return root << (count_class - 1) / 2;
}

}  // namespace

CountClasses count_classes(std::span<const std::uint8_t> symbols, std::size_t first, std::size_t stride, int bits) {
    std::vector<std::uint32_t> counts(std::size_t(1) << bits);
    for (std::size_t i = first; i < symbols.size(); i += stride) ++counts[symbols[i]];
    CountClasses classes;
    for (const std::uint32_t count : counts)
        classes.push_back(count == 0 ? std::uint8_t(0)
                                     : static_cast<std::uint8_t>(1 + std::lround(2 * std::log2(count))));
    return classes;
}

SymbolModel model_of(const CountClasses& classes) {
    std::vector<std::uint64_t> weights;
    for (const std::uint8_t c : classes) weights.push_back(weight(c));
    return SymbolModel(scaled_frequencies(weights));
}

void write_table(BitWriter& writer, const CountClasses& classes, int bits) {
    const auto end = std::find_if(classes.rbegin(), classes.rend(), [](std::uint8_t c) { return c > 0; }).base();
    writer.put(static_cast<std::uint64_t>(end - classes.begin() - 1), bits);
    int before = 0;
    for (auto at = classes.begin(); at != end; ++at) {
        const int delta = *at - before, zigzag = delta < 0 ? -2 * delta - 1 : 2 * delta;
        for (int i = 0; i < zigzag / 2; ++i) writer.put(1, 1);
        writer.put(0, 1);
        writer.put(static_cast<std::uint64_t>(zigzag % 2), 1);
        before = *at;
    }
}

CountClasses read_table(BitReader& reader, int bits) {
    CountClasses classes(std::size_t(1) << bits);
    const std::size_t symbols = reader.take(bits) + 1;
    int before = 0;
    for (std::size_t s = 0; s < symbols; ++s) {
        int half = 0;
        while (reader.take(1) == 1)
            if (++half > kLargestClass) return {};
        before += reader.take(1) == 0 ? half : -half - 1;
        if (before < 0 || before > kLargestClass) return {};
        classes[s] = static_cast<std::uint8_t>(before);
    }
    return before > 0 ? classes : CountClasses{};
}

}  // namespace ae
