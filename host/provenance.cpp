#include "provenance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>

#include "ae/error.h"
#include "ae/version.h"
#include "names.h"

namespace ae {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

bool is_usable(const Settings& s) {
    const auto is_positive = [](double x) { return x > 0 && std::isfinite(x); };
    const auto is_decay = [](double x) { return x >= 0 && x < 1; };
    return s.batch_size >= 1 && is_positive(s.adam.learning_rate) && is_positive(s.adam.epsilon) &&
           is_decay(s.adam.beta1) && is_decay(s.adam.beta2);
}

Settings settings_from(const json& values) {
    return {.shape = Shape::parse(values.at("layers").get<std::string>()),
            .batch_size = values.at("batch_size").get<int>(),
            .adam = {.learning_rate = values.at("learning_rate").get<double>(),
                     .beta1 = values.at("beta1").get<double>(),
                     .beta2 = values.at("beta2").get<double>(),
                     .epsilon = values.at("epsilon").get<double>(),
                     .decay = parse_decay(values.at("schedule").get<std::string>()),
                     .decay_steps = values.at("schedule_steps").get<std::uint64_t>()},
            .seed = values.at("seed").get<std::uint64_t>(),
            .activation = parse_activation(values.at("activation").get<std::string>()),
            .code_activation = parse_activation(values.at("code_activation").get<std::string>()),
            .noise = Noise::parse(values.at("noise").get<std::string>())};
}

}  // namespace

ordered_json settings_json(const Settings& settings) {
    return {{"layers", settings.shape.text()},
            {"batch_size", settings.batch_size},
            {"learning_rate", settings.adam.learning_rate},
            {"beta1", settings.adam.beta1},
            {"beta2", settings.adam.beta2},
            {"epsilon", settings.adam.epsilon},
            {"schedule", text(settings.adam.decay)},
            {"schedule_steps", settings.adam.decay_steps},
            {"seed", settings.seed},
            {"activation", text(settings.activation)},
            {"code_activation", text(settings.code_activation)},
            {"noise", settings.noise.text()}};
}

void describe(Metadata& metadata, const Settings& settings) {
    metadata["format"] = "pt";  // transformers wants it
    metadata["ae_cuda_version"] = kVersion;
    metadata["shape"] = settings.shape.text();
    metadata["settings"] = settings_json(settings).dump();
    metadata.try_emplace("created", utc_time());
}

json metadata_json(const Metadata& metadata, const std::string& key, const std::string& name) {
    const auto at = metadata.find(key);
    if (at == metadata.end()) throw ModelError(fmt::format("{}: its metadata has no '{}'", name, key));
    json value = json::parse(at->second, nullptr, false);
    if (value.is_discarded()) throw ModelError(fmt::format("{}: '{}' in its metadata is not JSON", name, key));
    return value;
}

Settings described_settings(const Metadata& metadata, const std::string& name) {
    const json values = metadata_json(metadata, "settings", name);
    try {
        Settings settings = settings_from(values);
        if (is_usable(settings)) return settings;
    } catch (const json::exception&) {
    } catch (const UsageError&) {
    }
    throw ModelError(fmt::format("{}: the settings in its metadata are not those of a training run", name));
}

void seal(TensorFile& file) {
    file.metadata["crc32"] = checksum(file);
}

void check_seal(const TensorFile& file, const std::string& name) {
    const auto at = file.metadata.find("crc32");
    if (at == file.metadata.end()) throw ModelError(fmt::format("{}: its checksum is missing; it is damaged", name));
    const std::string found = checksum(file);
    if (at->second != found)
        throw ModelError(fmt::format("{}: its content has the checksum {}, expected {}; it is damaged", name, found,
                                     at->second.substr(0, 8)));
}

std::string utc_time(std::time_t time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

}  // namespace ae
