#include "model/history_tensor.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <limits>

#include "ae/error.h"
#include "model/provenance.h"

namespace ae {

namespace {

using nlohmann::json;
using Row = std::array<double, 6>;

Row row_of(const EpochRecord& e) {
    return {static_cast<double>(e.epoch), e.loss, e.val_loss, e.val_mse, e.seconds, e.images_per_s};
}

/// Where the row is not that of epoch `expected`, an epoch 0.
EpochRecord record_of(const Row& row, int expected) {
    const int epoch = row[0] == expected ? expected : 0;
    return {epoch, row[1], row[2], row[3], row[4], row[5]};
}

[[noreturn]] void refuse(const std::string& name) {
    throw ModelError(fmt::format("{}: its history is not one of epochs 1, 2, 3, …; it is damaged", name));
}

History checked(History history, const std::string& name) {
    for (std::size_t i = 0; i < history.size(); ++i)
        if (history[i].epoch != static_cast<int>(i) + 1) refuse(name);
    return history;
}

/// JSON has no NaN and no infinity; null stands for both.
double number(const json& row, const char* key) {
    const json& value = row.at(key);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace

Tensor history_tensor(const History& history) {
    Tensor tensor{Dtype::f64, {history.size(), std::tuple_size_v<Row>}, {}};
    tensor.bytes.reserve(history.size() * sizeof(Row));
    for (const EpochRecord& record : history) {
        const Row row = row_of(record);
        tensor.bytes.append(reinterpret_cast<const char*>(row.data()), sizeof row);
    }
    return tensor;
}

History history_of(const Tensor& tensor, const std::string& name) {
    const bool has_rows =
        tensor.dtype == Dtype::f64 && tensor.shape.size() == 2 && tensor.shape[1] == std::tuple_size_v<Row>;
    if (!has_rows || tensor.shape[0] > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) refuse(name);
    History history;
    history.reserve(tensor.shape[0]);
    for (std::size_t at = 0; at < tensor.bytes.size(); at += sizeof(Row)) {
        Row row{};
        std::memcpy(row.data(), tensor.bytes.data() + at, sizeof row);
        history.push_back(record_of(row, static_cast<int>(history.size()) + 1));
    }
    return checked(std::move(history), name);
}

History history_of(const Metadata& metadata, const std::string& name) {
    const json rows = metadata_json(metadata, "history", name);
    try {
        History history;
        for (const json& row : rows)
            history.push_back(
                {.epoch = row.at("epoch") == history.size() + 1 ? static_cast<int>(history.size()) + 1 : 0,
                 .loss = number(row, "loss"),
                 .val_loss = number(row, "val_loss"),
                 .val_mse = number(row, "val_mse"),
                 .seconds = number(row, "seconds"),
                 .images_per_s = number(row, "images_per_s")});
        return checked(std::move(history), name);
    } catch (const json::exception&) {
        refuse(name);
    }
}

}  // namespace ae
