// IDX, the format of MNIST, read as a whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <new>
#include <span>

#include "ae/dataset.h"
#include "ae/error.h"
#include "data/idx_reader.h"
#include "file/sha256.h"

namespace ae {
namespace {

constexpr std::size_t kStep = std::size_t(1) << 21;

/// The capacity is reserved at once, so that nothing is copied as it grows, and filled as values are read: a false
/// header costs little more memory than the file's true content. While a step is decompressed, another thread hashes
/// the one before.
void read_values(IdxReader& file, std::vector<std::uint8_t>& values, Sha256& hash) try {
    const std::size_t count = file.values();
    values.reserve(count);
    std::future<void> hashing;
    constexpr auto kWhereThreadsAre = std::launch::async | std::launch::deferred;
    for (std::size_t done = 0; done < count; done = values.size()) {
        values.resize(std::min(count, done + kStep));
        const std::span step = std::span(values).subspan(done);
        const std::size_t got = file.read(step);
        if (got < step.size()) file.fail(fmt::format("declares {} values; it holds {}: cut short", count, done + got));
        if (hashing.valid()) hashing.get();
        hashing = std::async(kWhereThreadsAre, [&hash, step] { hash.update(std::as_bytes(step)); });
    }
    if (hashing.valid()) hashing.get();
    std::array<std::uint8_t, 1> beyond{};
    if (file.read(beyond) != 0) file.fail(fmt::format("declares {} values but has data after them", count));
} catch (const std::bad_alloc&) {
    file.fail(fmt::format("its {} values do not fit into memory", file.values()));
}

}  // namespace

Idx read_opened_idx(IdxReader& file) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(file.header())));
    Idx idx{file.dimensions(), {}, {}};
    read_values(file, idx.values, hash);
    idx.sha256 = hash.hex();
    return idx;
}

Idx read_idx(const std::filesystem::path& path) {
    IdxReader file(path);
    return read_opened_idx(file);
}

}  // namespace ae
