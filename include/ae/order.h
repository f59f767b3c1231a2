// The images of each step: a pure function of a seed and a step, so that nothing has to be stored to stop, to resume,
// or to share a batch out to several ranks.
#pragma once
#include <cstdint>

#include "ae/arithmetic.h"

namespace ae {

struct Settings;
struct Images;

/// One of the ranks that a batch is shared out to.
struct Shard {
    int rank = 0;
    int ranks = 1;
};

/// A keyed permutation of the data set for every epoch, computed, never stored. Steps are counted from 0.
///
/// Every rank works on consecutive rows of each batch. What depends on the whole batch, as the divisor of its loss and
/// the numbers of its rows do, is asked for by names that begin with `batch`.
struct Order {
    std::uint64_t seed = 42;
    std::uint32_t images = 0;
    std::uint32_t batch_size = 0;
    std::uint32_t rank = 0;
    std::uint32_t ranks = 1;

    /// Defined in ae/engine.h; the one place that makes an Order.
    static Order of(const Settings& settings, const Images& training_images, Shard shard = {});

    AE_HD std::uint64_t steps_per_epoch() const { return (images + batch_size - 1) / batch_size; }

    /// Place in its epoch of the first image of a step's batch: the images of the epoch that came before.
    AE_HD std::uint32_t batch_first(std::uint64_t step) const {
        return static_cast<std::uint32_t>(step % steps_per_epoch()) * batch_size;
    }

    /// Images in a step's batch; fewer in an epoch's last step when batch_size does not divide the data set.
    AE_HD std::uint32_t batch_rows(std::uint64_t step) const {
        const std::uint32_t left = images - batch_first(step);
        return left < batch_size ? left : batch_size;
    }

    /// Number in the batch of this rank's first row.
    AE_HD std::uint32_t first_row(std::uint64_t step) const { return ranks == 1 ? 0 : share(batch_rows(step), rank); }

    /// Rows of this rank. A batch of fewer images than ranks leaves some without any.
    AE_HD std::uint32_t rows(std::uint64_t step) const {
        const std::uint32_t all = batch_rows(step);
        return ranks == 1 ? all : share(all, rank + 1) - share(all, rank);
    }

    /// Place in its epoch of this rank's first image in a step.
    AE_HD std::uint32_t first(std::uint64_t step) const { return batch_first(step) + first_row(step); }

    /// The image in row `row` of this rank in a step. An 8-round Feistel network over the next even power of two,
    /// walked until it lands inside the data set (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
    AE_HD std::uint32_t image(std::uint64_t step, std::uint32_t row) const {
        const std::uint64_t key = random_bits(seed, 0x73687566666C65u, step / steps_per_epoch());
        std::uint32_t half_bits = 1;
        while ((std::uint64_t(1) << (2 * half_bits)) < images) ++half_bits;
        const std::uint32_t mask = (1u << half_bits) - 1;
        std::uint32_t x = first(step) + row;
        do {
            std::uint32_t left = x >> half_bits, right = x & mask;
            for (std::uint32_t round = 0; round < 8; ++round) {
                const auto f = static_cast<std::uint32_t>(mix(key ^ (std::uint64_t(round) << 32 | right)));
                const std::uint32_t next = left ^ (f & mask);
                left = right;
                right = next;
            }
            x = left << half_bits | right;
        } while (x >= images);
        return x;
    }

private:
    /// Rows of a batch that go to the ranks before `before`.
    AE_HD std::uint32_t share(std::uint32_t all, std::uint32_t before) const {
        return static_cast<std::uint32_t>(std::uint64_t(all) * before / ranks);
    }
};

}  // namespace ae
