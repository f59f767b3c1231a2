#include "command/judged_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/cpu_info.h"
#include "command/train_setup.h"
#include "train/busy_line.h"
#include "train/signals.h"

namespace ae {

namespace {

struct Task {
    Outcome* outcome;
    int label;
};

std::vector<Task> tasks_of(const std::vector<LabelsToJudge>& all) {
    std::vector<Task> tasks;
    for (const LabelsToJudge& part : all)
        for (const int label : part.labels) tasks.push_back({part.outcome, label});
    return tasks;
}

/// The bar of all trainings; any thread may call it.
class JudgingProgress {
public:
    JudgingProgress(const TrainArguments& a, std::size_t tasks)
        : epochs_(static_cast<double>(tasks) * a.epochs),
          line_(a.quiet ? ProgressMode::never : parse_progress(a.progress), "judging", std::chrono::milliseconds(0)) {}

    void begin(const Task& task) { draw(task, 0, "reading"); }
    void end_epoch(const Task& task, bool is_last) { draw(task, 1, is_last ? "judging" : "training"); }

private:
    void draw(const Task& task, int ended_epochs, const char* note) {
        const std::lock_guard lock(mutex_);
        done_ += ended_epochs;
        line_.keep(fmt::format("{} {}", text(task.outcome->protocol), task.label), done_ / epochs_, note);
    }

    std::mutex mutex_;
    double epochs_, done_ = 0;
    BusyLine line_;
};

class TaskObserver final : public TrainObserver {
public:
    TaskObserver(JudgingProgress& progress, const Task& task, int epochs, const std::atomic<bool>& has_failed)
        : progress_(progress), task_(task), epochs_(epochs), has_failed_(has_failed) {}

    void on_steps(std::uint64_t, double) override {}
    void on_epoch(const EpochRecord& record, bool) override { progress_.end_epoch(task_, record.epoch == epochs_); }
    void on_checkpoint(const History&) override {}
    bool stop_requested() override { return has_failed_ || SignalGuard::received() != 0; }

private:
    JudgingProgress& progress_;
    Task task_;
    int epochs_;
    const std::atomic<bool>& has_failed_;
};

/// Each training holds all images as floats, some of them twice.
int tasks_at_once(const Dataset& data, std::size_t tasks, int threads) {
    constexpr double kMostBytes = 4e9;
    const double images = data.train.count + data.test.count;
    const double bytes = 2 * sizeof(float) * images * data.train.pixels_per_image();
    return static_cast<int>(std::min(
        {static_cast<double>(threads), static_cast<double>(tasks), std::max(1.0, kMostBytes / std::max(bytes, 1.0))}));
}

}  // namespace

bool judge_labels(const std::vector<LabelsToJudge>& all, const TrainArguments& arguments, const Dataset& data,
                  const ProtocolPlan& plan) {
    const std::vector<Task> tasks = tasks_of(all);
    const int threads = arguments.engine.threads > 0 ? arguments.engine.threads : usable_processors();
    const int at_once = trains_on_cpu(plan.engine) ? tasks_at_once(data, tasks.size(), threads) : 1;
    ProtocolPlan own = plan;
    own.engine_options.threads = std::max(1, threads / at_once);
    JudgingProgress progress(arguments, tasks.size());
    std::mutex results;
    std::atomic<bool> has_failed{false}, is_stopped{false};
    ThreadPool outer(at_once);
    outer.run(static_cast<int>(tasks.size()), [&](int i) {
        if (has_failed || is_stopped) return;
        const Task& task = tasks[static_cast<std::size_t>(i)];
        try {
            progress.begin(task);
            TaskObserver observer(progress, task, plan.epochs, has_failed);
            ThreadPool inner(own.engine_options.threads);
            std::vector<Judgement> judgements =
                run_protocol(task.outcome->protocol, task.label, data, own, observer, inner);
            is_stopped = is_stopped || judgements.empty();
            if (judgements.empty()) return;
            const std::lock_guard lock(results);
            task.outcome->judged[task.label] = std::move(judgements);
        } catch (...) {
            has_failed = true;  // the others stop as well
            throw;
        }
    });
    return !is_stopped;
}

}  // namespace ae
