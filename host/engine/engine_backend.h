// What a backend adds to the verbs of a step so that BackendEngine can make an engine of it.
//
// A backend is made from the settings and the data set, owns all memory on its side of the bus, and has the few acts
// below that prepare and read it.
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include "ae/engine.h"
#include "ae/step.h"

namespace ae {

enum class ImageSet { train, test };

/// Of what is recorded: the same key, the same calls on the same memory.
using RecordingKey = std::array<int, 4>;

/// Epochs whose results a backend keeps until it is asked for them.
constexpr int kKeptResults = 64;

/// What an engine is doing, for profilers.
enum class Activity { run, step, record, validate, apply };

template <typename B>
concept EngineBackend = Backend<B> &&
    requires(B b, typename B::Real* memory, Matrix<typename B::Real> x, int n, Vector<typename B::Real> y,
             std::span<float> host, const Clock& clock, const RecordingKey& key, void (*body)()) {
    B::kEvaluationRows;                                                 // rows that evaluation takes at a time
    { b.allocate(std::size_t(n)) } -> std::same_as<typename B::Real*>;  // lives as long as the backend
    b.upload(memory, std::span<const float>(host));
    b.download(host, memory);  // these two and the next wait for their end
    b.synchronize();
    b.initialize(y, n, n, std::uint64_t());  // Glorot: W ← ±limit(fan_in, fan_out), numbered from an offset
    b.set_clock(clock);
    b.range(Activity::run);             // while the value lives, profilers see that activity
    b.replay(key, body);                // runs the body, or a recording of what it did for this key
    b.fetch(x, ImageSet::test, n);      // x ← images n, n+1, … of a set
    b.corrupt(x, x, n);                 // x̃ ← x with the noise that images n, n+1, … always have
    b.score(x, y, x, n);                // per-image BCE and MSE of logits z + b against x, kept from place n
    b.mean_loss(std::uint32_t());       // mean of the first n losses of the epoch
    b.mean_scores(n);                   // means of the first n scores
    b.keep_result(std::uint32_t(), n);  // keeps the means of so many losses and scores as those of the epoch just ended
    { b.kept_results() } -> std::same_as<std::vector<EpochResult>>;  // [kKeptResults], epoch e at e mod that
    b.download_losses(host);
    b.upload_losses(std::span<const float>(host));
    b.download_scores(host, host);
};

/// One whose work is done on a device, which keeps count of the steps and has a clock of its own to time it by.
template <typename B>
concept DeviceBackend = EngineBackend<B> && requires(B b, void (*body)()) {
    b.require_steps(std::uint64_t());                    // throws where the clock on the device stands elsewhere
    { b.device_seconds(body) } -> std::same_as<double>;  // runs it many times, with the clock as if it were once
};

}  // namespace ae
