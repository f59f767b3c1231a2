#include "engine/startup.h"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "base/stopwatch.h"
#include "engine/engine_list.h"
#include "engine/gpu.h"

namespace ae {

double seconds_since_process_start() {
    constexpr int kStartTime = 20;  // places after the name, which ends with the last parenthesis (proc(5))
    std::ifstream file("/proc/self/stat");
    std::string line, field;
    std::getline(file, line);
    std::istringstream fields(line.substr(line.rfind(')') == std::string::npos ? line.size() : line.rfind(')') + 1));
    for (int i = 0; i < kStartTime && fields; ++i) fields >> field;
    std::timespec now{};
    if (!fields || clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
    const double started = std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) - started;
}

std::future<void> begin_gpu(const std::string& engine) {
    if (engine != "auto" && !find_engine(engine).is_on_gpu) return {};
    return std::async(std::launch::async | std::launch::deferred,
                      begin_gpu_start);  // deferred if no thread can be created
}

std::vector<StartupStage> time_startup(const std::string& engine, const EngineOptions& options,
                                       const std::function<Dataset()>& load) {
    std::vector<StartupStage> stages{{"loading the program", seconds_since_process_start()}};
    Stopwatch watch;
    const auto end_stage = [&](const std::string& name) {
        stages.push_back({name, watch.seconds()});
        watch = Stopwatch();
    };
    const std::future<void> gpu = begin_gpu(engine);
    const Dataset data = load();
    end_stage("reading and checking the data");
    const auto trainer = make_engine(engine, Settings(), options, data);
    end_stage("making the engine " + trainer->name());
    trainer->run(1);
    end_stage("the first step");
    return stages;
}

}  // namespace ae
