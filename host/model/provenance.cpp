#include "model/provenance.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>
#include <utility>

#include "ae/error.h"
#include "ae/version.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/utc_time.h"
#include "model/settings_fields.h"

namespace ae {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

bool is_usable(const Settings& s) {
    const auto is_positive = [](double x) { return x > 0 && std::isfinite(x); };
    const auto is_decay = [](double x) { return x >= 0 && x < 1; };
    return s.batch_size >= 1 && s.shards >= 0 && s.shards <= kMostShards && is_positive(s.adam.learning_rate) &&
           is_positive(s.adam.epsilon) && is_decay(s.adam.beta1) && is_decay(s.adam.beta2);
}

/// nlohmann's get() would cut a number that is too large down to one that was not meant.
template <typename T>
bool is_in_range(const json& value) {
    if constexpr (std::is_floating_point_v<T>)
        return value.is_number();
    else if (value.is_number_unsigned())
        return std::in_range<T>(value.get<std::uint64_t>());
    else
        return value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
}

/// Throws UsageError where the number is none or out of range.
template <typename T>
T number_from(const json& value) {
    if (!is_in_range<T>(value)) throw UsageError("not a number of its kind");
    return value.get<T>();
}

Settings settings_from(const json& values) {
    Settings settings;
    for_each_setting([&](const SettingName& name, auto get) {
        auto& setting = get(settings);
        if (name.is_newer && !values.contains(name.key)) return;
        if constexpr (std::is_arithmetic_v<std::remove_reference_t<decltype(setting)>>)
            setting = number_from<std::remove_reference_t<decltype(setting)>>(values.at(name.key));
        else
            parse_value(values.at(name.key).get<std::string>(), setting);
    });
    return settings;
}

}  // namespace

ordered_json settings_json(const Settings& settings) {
    ordered_json values;
    for_each_setting([&](const SettingName& name, auto get) { values[name.key] = file_value(get(settings)); });
    return values;
}

void describe(Metadata& metadata, const Settings& settings) {
    metadata["format"] = "pt";  // transformers wants it
    metadata["ae_cuda_version"] = kVersion;
    metadata["shape"] = settings.shape.text();
    metadata["settings"] = json_text(settings_json(settings));
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
    for (auto& [key, text] : file.metadata) text = valid_utf8(text);  // what the header will hold, before it is summed
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

}  // namespace ae
