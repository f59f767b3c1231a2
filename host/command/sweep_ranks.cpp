#include "command/sweep_ranks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "ae/error.h"
#include "base/json_text.h"
#include "command/ranks.h"
#include "file/sha256.h"

namespace ae {

namespace {

using nlohmann::json;
using Bytes = std::vector<std::uint8_t>;

/// In CBOR, which keeps every bit of a number and, unlike JSON's text, has infinity.
Bytes packed(const SweepNews& news, const Sweep& sweep) {
    json results = json::array();
    for (const std::size_t model : news.models) results.push_back({model, result_json(sweep, model)});
    return json::to_cbor(json({{"results", std::move(results)},
                               {"epochs", news.epochs},
                               {"signal", news.signal},
                               {"is_training", news.is_training},
                               {"has_failed", news.has_failed}}));
}

/// Adds what another rank, or this one, has told.
void take(SweepNews& all, Sweep& sweep, const Bytes& bytes, bool is_own) {
    const json news = json::from_cbor(bytes);
    for (const json& entry : news.at("results")) {
        const auto model = entry.at(0).get<std::size_t>();
        if (!is_own) sweep.models.at(model) = result_of(entry.at(1)).value();
        all.models.push_back(model);
    }
    all.epochs += news.at("epochs").get<std::uint64_t>();
    all.signal = std::max(all.signal, news.at("signal").get<int>());
    all.is_training = all.is_training || news.at("is_training").get<bool>();
    all.has_failed = all.has_failed || news.at("has_failed").get<bool>();
}

/// A hash of all that decides which models are trained.
std::string plan_sha256(const Sweep& sweep) {
    const std::string plan = json_text(plan_json(sweep));
    Sha256 sum;
    sum.update(std::as_bytes(std::span(plan)));
    return sum.hex();
}

/// The bytes of every rank.
std::vector<Bytes> gather(Group& group, const Bytes& own) {
    const auto ranks = static_cast<std::size_t>(group.size()), rank = static_cast<std::size_t>(group.rank());
    std::vector<std::size_t> begins{0};
    for (const std::size_t size : values_of_all(group, own.size())) begins.push_back(begins.back() + size);
    Bytes all(begins.back());
    std::ranges::copy(own, all.begin() + static_cast<std::ptrdiff_t>(begins[rank]));
    group.all_gather(std::as_writable_bytes(std::span(all)), begins);
    std::vector<Bytes> parts;
    for (std::size_t r = 0; r < ranks; ++r)
        parts.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(begins[r]),
                           all.begin() + static_cast<std::ptrdiff_t>(begins[r + 1]));
    return parts;
}

}  // namespace

void SweepRanks::require_agreement(const SweepArguments& a, const Sweep& sweep, const SweepOrigin& origin) {
    if (are_one()) return;
    Facts facts = {{"version", version_text()},
                   {"training images", origin.data_sha256},
                   {"labels or test images", origin.data_rest_sha256},
                   {"--seeds", fmt::format("{}", fmt::join(sweep.seeds, ", "))},
                   {"--epochs", fmt::to_string(sweep.epochs)},
                   {"--halving", fmt::to_string(sweep.halving)},
                   {"--early-stop", fmt::to_string(a.train.early_stop)},
                   {"--val", a.train.selection.val},
                   {"--keep", a.keep},
                   {"--engine", a.train.engine.engine},
                   {"--math", a.train.engine.math}};
    Facts values;
    for (const SweepAxis& axis : a.axes())
        values.emplace_back(axis.option, fmt::format("{}", fmt::join(axis.values, ", ")));
    std::string options;  // first, since all ranks have to compare equally many facts
    for (const auto& [option, value] : values) options += (options.empty() ? "" : ", ") + option;
    facts.emplace_back("swept options", options);
    facts.insert(facts.end(), values.begin(), values.end());
    facts.emplace_back("models", plan_sha256(sweep));  // whatever has no name above
    ae::require_agreement(group_, facts, 0);
}

SweepFolder SweepRanks::folder(const std::function<SweepFolder()>& make) {
    std::string path;
    if (!is_first()) {
        broadcast(group_, path);
        return SweepFolder::join(path);
    }
    SweepFolder made = make();
    path = made.path().string();
    broadcast(group_, path);
    return made;
}

void SweepRanks::broadcast_results(Sweep& sweep) {
    if (are_one()) return;
    SweepNews all;
    if (is_first())
        for (std::size_t model = 0; model < sweep.models.size(); ++model) all.models.push_back(model);
    exchange(all, sweep);
}

std::vector<std::size_t> SweepRanks::share_of(const std::vector<std::size_t>& models) const {
    const auto ranks = static_cast<std::size_t>(group_.size()), rank = static_cast<std::size_t>(group_.rank());
    std::vector<std::size_t> share;
    for (std::size_t i = 0; i < models.size(); ++i) {
        const std::size_t turn = i % ranks, is_backward = i / ranks % 2;
        if (rank == (is_backward ? ranks - 1 - turn : turn)) share.push_back(models[i]);
    }
    return share;
}

SweepNews SweepRanks::exchange(const SweepNews& own, Sweep& sweep) {
    SweepNews all;
    const std::vector<Bytes> parts = gather(group_, packed(own, sweep));
    for (std::size_t r = 0; r < parts.size(); ++r)
        take(all, sweep, parts[r], r == static_cast<std::size_t>(group_.rank()));
    return all;
}

}  // namespace ae
