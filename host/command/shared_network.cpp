#include "command/shared_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "ae/error.h"
#include "base/json_text.h"
#include "base/launcher.h"
#include "base/terminal.h"
#include "command/ranks.h"
#include "command/train_setup.h"
#include "model/provenance.h"

namespace ae {

namespace {

constexpr std::size_t kMostValues = std::size_t(1) << 24;  ///< that are sent at a time, unless one row has more

enum class Task : std::uint32_t { make, encode, decode, reconstruct, score, drop, end };

/// What rank 0 tells the others, before the values that belong to it.
struct Call {
    Task task = Task::end;
    std::int32_t code = 0;      ///< end: of the program
    std::uint64_t network = 0;  ///< any number that rank 0 has for no other network
    std::uint64_t rows = 0;
};

template <typename T>
void broadcast_values(Group& group, std::span<T> values) {
    group.broadcast(std::as_writable_bytes(values));
}

void tell(Group& group, Call call) {
    broadcast_values(group, std::span(&call, 1));
}

Call hear(Group& group) {
    Call call;
    broadcast_values(group, std::span(&call, 1));
    return call;
}

/// The values of a row, before a task and after it.
struct Widths {
    std::size_t before = 0, after = 0;
};

Widths widths_of(Task task, const Shape& shape) {
    const auto pixels = static_cast<std::size_t>(shape.pixels()), code = static_cast<std::size_t>(shape.code_size());
    switch (task) {
        case Task::encode:
            return {pixels, code};
        case Task::decode:
            return {code, pixels};
        case Task::score:
            return {pixels, 2};
        default:
            return {pixels, pixels};
    }
}

/// A row's two scores follow one another.
std::vector<float> scores_of(Network& network, std::span<const float> rows) {
    const Scores scores = network.score(rows);
    std::vector<float> both;
    for (std::size_t i = 0; i < scores.bce.size(); ++i) both.insert(both.end(), {scores.bce[i], scores.mse[i]});
    return both;
}

std::vector<float> rows_after(Task task, Network& network, std::span<const float> rows) {
    switch (task) {
        case Task::encode:
            return network.encode(rows);
        case Task::decode:
            return network.decode(rows);
        case Task::score:
            return scores_of(network, rows);
        default:
            return network.reconstruct(rows);
    }
}

/// Every rank: `values`, which are rank 0's, go to all, each computes its rows, and all get the results.
void compute(Group& group, Task task, Network& network, Widths widths, std::span<float> values,
             std::span<float> results) {
    broadcast_values(group, values);
    const std::size_t rows = values.size() / widths.before;
    std::vector<std::size_t> begins;
    for (int r = 0; r < group.size(); ++r)
        begins.push_back(portion_of(rows, r, group.size()).begin * widths.after * sizeof(float));
    begins.push_back(results.size_bytes());
    const Portion own = portion_of(rows, group.rank(), group.size());
    if (own.size() > 0) {
        const auto part = values.subspan(own.begin * widths.before, own.size() * widths.before);
        std::ranges::copy(rows_after(task, network, part), results.subspan(own.begin * widths.after).begin());
    }
    group.all_gather(std::as_writable_bytes(results), begins);
}

/// A model and how its network is made, without the parameters.
std::string recipe_of(const std::string& engine, const Settings& settings, const EngineOptions& options) {
    Metadata metadata;
    describe(metadata, settings);
    return json_text(nlohmann::json{{"engine", engine},
                                    {"math", int(options.math)},
                                    {"graph", options.graph},
                                    {"threads", options.threads},
                                    {"settings", metadata}});
}

/// Every rank: its own network, all with one engine. The parameters are rank 0's.
std::unique_ptr<Network> make_on_all(const std::string& engine, Model& model, EngineOptions options) {
    Group& group = *options.group;
    broadcast_values(group, std::span(model.parameters));
    const int threads = share_processors(group, options.threads).threads;
    if (options.threads == 0) options.threads = threads;
    return make_network(engine, model, options);
}

/// A network that rank 0 has asked for.
struct Served {
    std::unique_ptr<Network> network;
    Shape shape;
};

Served make_served(Group& group) {
    std::string text;
    broadcast(group, text);
    const nlohmann::json recipe = nlohmann::json::parse(text);
    const EngineOptions options{.math = Precision{recipe.at("math").get<int>()},
                                .graph = recipe.at("graph").get<bool>(),
                                .threads = recipe.at("threads").get<int>(),
                                .group = &group};
    Model model{.settings = described_settings(recipe.at("settings").get<Metadata>(), "the model of rank 0"),
                .parameters = {},
                .metadata = {}};
    model.parameters.resize(model.settings.shape.parameters());
    auto network = make_on_all(recipe.at("engine").get<std::string>(), model, options);
    return {std::move(network), model.settings.shape};
}

void serve_call(Group& group, const Call& call, const Served& served) {
    const Widths widths = widths_of(call.task, served.shape);
    std::vector<float> values(call.rows * widths.before), results(call.rows * widths.after);
    compute(group, call.task, *served.network, widths, values, results);
}

class SharedNetwork final : public Network {
public:
    SharedNetwork(const std::string& engine, Model model, const EngineOptions& options)
        : group_(*options.group), shape_(model.settings.shape) {
        tell(group_, {.task = Task::make, .network = id()});
        std::string recipe = recipe_of(engine, model.settings, options);
        broadcast(group_, recipe);
        own_ = make_on_all(engine, model, options);
    }
    /// While an exception is under way the others may wait in a call, and are about to be ended.
    ~SharedNetwork() override {
        if (std::uncaught_exceptions() <= exceptions_) tell(group_, {.task = Task::drop, .network = id()});
    }
    SharedNetwork(const SharedNetwork&) = delete;
    SharedNetwork& operator=(const SharedNetwork&) = delete;

    std::string name() const override { return own_->name(); }
    std::string device() const override { return fmt::format("{}, {} ranks", own_->device(), group_.size()); }

    std::vector<float> encode(std::span<const float> images) override { return apply(Task::encode, images); }
    std::vector<float> decode(std::span<const float> codes) override { return apply(Task::decode, codes); }
    std::vector<float> reconstruct(std::span<const float> images) override { return apply(Task::reconstruct, images); }
    Scores score(std::span<const float> images) override {
        Scores scores;
        const std::vector<float> both = apply(Task::score, images);
        for (std::size_t i = 0; i < both.size(); i += 2)
            scores.bce.push_back(both[i]), scores.mse.push_back(both[i + 1]);
        return scores;
    }

private:
    std::uint64_t id() const { return reinterpret_cast<std::uintptr_t>(this); }

    std::vector<float> apply(Task task, std::span<const float> values) {
        const Widths widths = widths_of(task, shape_);
        const std::size_t rows = values.size() / widths.before;
        if (rows * widths.before != values.size()) return rows_after(task, *own_, values);  // which throws
        std::vector<float> results(rows * widths.after);
        const std::size_t most = std::max<std::size_t>(kMostValues / std::max(widths.before, widths.after), 1);
        for (std::size_t first = 0; first < rows; first += most) {
            const std::size_t count = std::min(most, rows - first);
            tell(group_, {.task = task, .network = id(), .rows = count});
            // broadcast() takes what may be written; on rank 0 it only reads
            const std::span part = values.subspan(first * widths.before, count * widths.before);
            compute(group_, task, *own_, widths, {const_cast<float*>(part.data()), part.size()},
                    std::span(results).subspan(first * widths.after, count * widths.after));
        }
        return results;
    }

    Group& group_;
    Shape shape_;
    std::unique_ptr<Network> own_;
    int exceptions_ = std::uncaught_exceptions();  ///< under way at the start
};

}  // namespace

std::unique_ptr<Network> share_network(const std::string& engine, const Model& model, const EngineOptions& options) {
    return std::make_unique<SharedNetwork>(engine, Model{model.settings, model.parameters, {}}, options);
}

int run_applied(std::string_view name, const Arguments& arguments, int (*command)(const Arguments&, Group*)) {
    if (launched().is_alone()) {
        if (const std::string why = why_apart(); !why.empty()) say("{}: {}", name, why);
        return command(arguments, nullptr);
    }
    const std::unique_ptr<Group> group = join_group();
    if (group->size() == 1) return command(arguments, nullptr);
    return run_in_group(*group, [&] {
        require_agreement(
            *group, {{"version", version_text()}, {"command", fmt::format("{} {}", name, shell_text(arguments))}}, 0);
        const std::string advice = share_processors(*group, 0).advice;
        if (group->rank() > 0) return serve_networks(*group);
        if (!advice.empty()) say("{}", advice);
        const int code = command(arguments, group.get());
        end_sharing(*group, code);
        return code;
    });
}

int serve_networks(Group& group) {
    std::map<std::uint64_t, Served> networks;
    for (;;) {
        const Call call = hear(group);
        switch (call.task) {
            case Task::end:
                return call.code;
            case Task::make:
                networks.insert_or_assign(call.network, make_served(group));
                break;
            case Task::drop:
                networks.erase(call.network);
                break;
            default:
                serve_call(group, call, networks.at(call.network));
        }
    }
}

void end_sharing(Group& group, int code) {
    tell(group, {.task = Task::end, .code = code});
}

}  // namespace ae
