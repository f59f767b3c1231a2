#include "command/ranks.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "ae/error.h"
#include "ae/trainer.h"
#include "base/cpu_info.h"
#include "base/facts.h"
#include "base/launcher.h"
#include "command/process.h"
#include "command/train_run.h"
#include "model/settings_fields.h"
#include "train/signals.h"

namespace ae {

namespace {

/// Where a rank runs.
struct Place {
    std::array<char, 256> machine{};
    cpu_set_t processors;   ///< that it may use
    cpu_set_t of_launcher;  ///< that its parent may use, from which the launcher has chosen
};

Place own_place() {
    Place place;
    CPU_ZERO(&place.processors);
    CPU_ZERO(&place.of_launcher);
    ::gethostname(place.machine.data(), place.machine.size() - 1);
    sched_getaffinity(0, sizeof place.processors, &place.processors);
    if (sched_getaffinity(getppid(), sizeof place.of_launcher, &place.of_launcher) != 0)
        place.of_launcher = place.processors;
    return place;
}

std::string advice_for(const std::vector<Place>& places, const Place& own, int asked) {
    const int bound = CPU_COUNT(&own.processors), there = CPU_COUNT(&own.of_launcher);
    const std::string launcher = launched().launcher;
    if (asked > bound && there > bound)
        return fmt::format("{} has bound each rank to {} of {} processors, fewer than --threads {}; {} --bind-to none",
                           launcher, bound, there, asked, launcher);
    cpu_set_t all;
    CPU_ZERO(&all);
    for (const Place& place : places)
        if (place.machine == own.machine) CPU_OR(&all, &all, &place.processors);
    if (asked > 0 || CPU_COUNT(&all) >= there) return "";
    return fmt::format("{} has bound the ranks to {} of {} processors; {} --bind-to none lets them use all", launcher,
                       CPU_COUNT(&all), there, launcher);
}

class Follower final : public TrainObserver {
public:
    explicit Follower(Group* group) : group_(group) {}
    void on_steps(std::uint64_t, double) override {}
    void on_epoch(const EpochRecord&, bool) override {}
    void on_checkpoint(const History&) override {}
    bool stop_requested() override {
        signal_ = agreed_signal(group_);
        return signal_ != 0;
    }
    int signal() const { return signal_; }

private:
    Group* group_;
    int signal_ = 0;
};

}  // namespace

void require_one_process(std::string_view command) {
    if (const Launched by = launched(); by.size > 1)
        throw UsageError(fmt::format(
            "{}: runs in one process, and {} has started {}, of which train, sweep and the uses of a model can share "
            "the work; start it without {}",
            command, by.launcher, by.size, by.launcher));
}

int run_in_group(Group& group, const std::function<int()>& work) {
    if (group.size() == 1) return work();
    try {
        return work();
    } catch (...) {
        const int code = say_failure();
        group.abort(code);
        return code;
    }
}

RankProcessors share_processors(Group& group, int asked) {
    const std::vector<Place> places = values_of_all(group, own_place());
    const Place& own = places[static_cast<std::size_t>(group.rank())];
    const auto sharers = std::ranges::count_if(places, [&](const Place& other) {
        return other.machine == own.machine && CPU_EQUAL(&other.processors, &own.processors);
    });
    const int threads = std::max(1, usable_processors() / static_cast<int>(sharers));
    return {threads, advice_for(places, own, asked)};
}

Dataset load_in_turn(Group* group, const std::function<Dataset()>& load) {
    if (group == nullptr) return load();
    if (group->local_rank() != 0) max_of(*group, 0);
    Dataset data = load();
    if (group->local_rank() == 0) max_of(*group, 0);
    return data;
}

Facts facts_of(const TrainArguments& a, const SelectedData& selected, const Checkpoint* checkpoint) {
    Facts facts = {{"version", version_text()},
                   {"number of training images", fmt::to_string(selected.data.train.count)},
                   {"number of validation images", fmt::to_string(selected.data.test.count)},
                   {"training images", selected.data.sha256},
                   {"labels or test images", selected.rest_sha256},
                   {"--epochs", fmt::to_string(a.epochs)},
                   {"--early-stop", fmt::to_string(a.early_stop)},
                   {"--keep", a.keep},
                   {"--checkpoint-every", a.checkpoint_every},
                   {"--profile-steps", a.profile_steps},
                   {"--engine", a.engine.engine},
                   {"--math", a.engine.math},
                   {"--init", a.init},
                   {"checkpoint", checkpoint ? fact_of(checkpoint->metadata, "crc32") : "none"}};
    for_each_setting([&](const SettingName& name, auto get) {
        facts.emplace_back(name.words, fmt::format("{}", file_value(get(a.settings))));
    });
    return facts;
}

void require_agreement(Group& group, const Facts& facts, int shards) {
    if (shards > 0 && group.size() > shards)
        throw UsageError(fmt::format("--shards {}: {} ranks would leave {} without a shard; start at most {}", shards,
                                     group.size(), group.size() - shards, shards));
    for (const auto& [name, own] : facts) {
        std::string first = own;
        broadcast(group, first);
        if (first != own)
            throw UsageError(
                fmt::format("{}: '{}' here, '{}' on rank 0; ranks train together with one and the same "
                            "version, options and data",
                            name, own, first));
    }
    max_of(group, 0);  // nobody begins before all have compared
}

void broadcast(Group& group, std::string& text) {
    std::size_t size = text.size();
    group.broadcast(std::as_writable_bytes(std::span(&size, 1)));
    text.resize(size);
    group.broadcast(std::as_writable_bytes(std::span(text)));
}

std::string text_of(const Group& group, int threads) {
    return fmt::format("{} on {} {} by {}, {} {} each", group.size(), group.machines(),
                       group.machines() == 1 ? "machine" : "machines", group.name(), threads,
                       threads == 1 ? "thread" : "threads");
}

int agreed_signal(Group* group) {
    const int own = SignalGuard::received();
    return group == nullptr ? own : static_cast<int>(max_of(*group, own));
}

int train_along(const TrainArguments& a, const Dataset& data, Engine& engine, const Checkpoint* checkpoint) {
    History history;
    std::uint64_t step = 0;
    if (checkpoint) {
        engine.set_state(checkpoint->state);
        history = checkpoint->history;
        step = checkpoint->state.step;
    }
    const SignalGuard signals;
    Follower follower(a.engine.group);
    const TrainEnd end = train(engine, plan_of(a, data), step, history, follower);
    return end == TrainEnd::interrupted ? 128 + follower.signal() : 0;
}

}  // namespace ae
