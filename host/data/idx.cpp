// IDX, the format of MNIST, read as a whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>

#include "ae/dataset.h"
#include "ae/error.h"
#include "data/idx_reader.h"

namespace ae {
namespace {

constexpr std::size_t kStep = std::size_t(1) << 26;

/// The capacity is reserved at once, so that nothing is copied as it grows, and filled as values are read: a false
/// header costs little more memory than the file's true content.
void read_values(IdxReader& file, std::vector<std::uint8_t>& values) try {
    const std::size_t count = file.values();
    values.reserve(count);
    for (std::size_t done = 0; done < count; done = values.size()) {
        values.resize(std::min(count, done + kStep));
        const std::size_t got = file.read(std::span(values).subspan(done));
        if (done + got < values.size())
            file.fail(fmt::format("declares {} values; it holds {}: cut short", count, done + got));
    }
    std::array<std::uint8_t, 1> beyond{};
    if (file.read(beyond) != 0) file.fail(fmt::format("declares {} values but has data after them", count));
} catch (const std::bad_alloc&) {
    file.fail(fmt::format("its {} values do not fit into memory", file.values()));
}

}  // namespace

Idx read_idx(const std::filesystem::path& path) {
    IdxReader file(path, IdxHash::sha256);
    Idx idx{file.dimensions(), {}, {}};
    read_values(file, idx.values);
    idx.sha256 = file.sha256();
    return idx;
}

}  // namespace ae
