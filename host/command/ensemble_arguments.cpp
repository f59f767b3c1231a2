#include "command/ensemble_arguments.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "ae/error.h"

namespace ae {

namespace {

constexpr std::string_view kModels = "--models";

constexpr std::array kOfOneRun{"--force", "--checkpoint-every", "--keep", "--init", "--profile-steps", "--config"};

/// Without --models, which a sweep does not know.
Arguments without_models(const Arguments& arguments) {
    Arguments rest;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == kModels)
            ++i;  // and its value
        else if (!arguments[i].starts_with(fmt::format("{}=", kModels)))
            rest.push_back(arguments[i]);
    }
    return rest;
}

}  // namespace

Arguments ensemble_arguments(const Arguments& arguments, const CommandLine& line, int models) {
    if (line.given("--resume"))
        throw UsageError("--resume: continues one run; ae_cuda sweep --resume FOLDER continues an ensemble");
    for (const char* option : kOfOneRun)
        if (line.given(option))
            throw UsageError(fmt::format("{}: is for one run; leave it out beside {}", option, kModels));
    Arguments sweep = without_models(arguments);
    sweep.insert(sweep.end(), {"--seeds", std::to_string(models), "--keep", "all", "--same-split"});
    return sweep;
}

}  // namespace ae
