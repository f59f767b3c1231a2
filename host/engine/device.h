// The device of TrainingEngine and DeviceNetwork: memory, the images, and the results that stay on the device. The
// operations on tensors belong to a step object: ae/step.h, ae/verb_step.h.
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ae/engine.h"
#include "ae/view.h"

namespace ae {

/// Names a recording: under one key a body makes the same calls on the same memory.
using RecordingKey = std::array<int, 4>;

/// Epochs whose results a device keeps until it is asked for them.
constexpr int kKeptResults = 64;

/// The activity of an engine, for profilers.
enum class Activity { run, step, record, validate, apply };

template <typename D>
concept Device = requires(D d, typename D::Real* memory, int n, Vector<typename D::Real> y, std::span<float> host,
                          const StepCounter& clock, const RecordingKey& key, void (*body)(), const Settings& settings,
                          const Dataset& data) {
    D::kEvaluationRows;                         // rows that evaluation takes at a time
    { d.name() } -> std::same_as<std::string>;  // for people
    d.stage(settings, data, Shard());           // copies the images to the device, once; the rank that it trains for
    d.context();                                // the argument of a step object's constructor, after stage()
    { d.allocate(std::size_t(n)) } -> std::same_as<typename D::Real*>;            // lives as long as the device
    { d.allocate_gradients(std::size_t(n)) } -> std::same_as<typename D::Real*>;  // the same, where ranks add fastest
    d.upload(memory, std::span<const float>(host));
    d.download(host, memory);  // these two and the next wait for their end
    d.synchronize();
    d.initialize(y, n, n, std::uint64_t());  // Glorot: W ← ±limit(fan_in, fan_out), numbered from an offset
    d.set_clock(clock);
    d.require_steps(std::uint64_t());                // throws where the device has counted another number of steps
    { d.seconds_of(body) } -> std::same_as<double>;  // how long it takes on the device, with the clock as after one run
    { d.launches_of(body) } -> std::same_as<StepLaunches>;  // the kernels of a body, which only records them
    d.range(Activity::run);                                 // while the value lives, profilers see that activity
    d.replay(key, body);                // runs the body, or a recording of what it did under this key
    d.mean_loss(std::uint32_t());       // mean of the first n losses of the epoch
    d.mean_scores(n);                   // means of the first n scores
    d.keep_result(std::uint32_t(), n);  // keeps the means of n losses and of n scores as those of the epoch just ended
    { d.kept_results() } -> std::same_as<std::vector<EpochResult>>;  // [kKeptResults]; epoch e is at e mod kKeptResults
    d.download_losses(host);
    d.upload_losses(std::span<const float>(host));
    d.download_scores(host, host);
};

}  // namespace ae
