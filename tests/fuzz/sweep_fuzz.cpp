// The reader of sweep.json on any bytes: the results of a sweep's models, with which its tables can be made, or a
// ModelError. No mutation would keep the plan and the hashes of the data, so those of a sweep are put in.
#include <cmath>
#include <cstdlib>

#include "ae/error.h"
#include "memory_file.h"
#include "train/sweep_file.h"

namespace {

using nlohmann::json;

ae::Sweep sweep() {
    ae::Sweep sweep{{"--lr"}, {{{"0.001"}}}, {5, 6}, 2};
    sweep.settings.front().settings.shape = ae::Shape::parse("4-2-4");
    sweep.models.resize(2);
    return sweep;
}

const ae::SweepOrigin kOrigin{{"--lr", "0.001"}, "a", "b"};

void restore(const std::string& path) {
    ae::Sweep restored = sweep();
    ae::SavedSweep(path).restore(restored, kOrigin);
    for (const ae::SweptModel& model : restored.models) {
        const bool has_weights = model.end == ae::SweptEnd::done || model.end == ae::SweptEnd::dropped;
        if (has_weights && !std::isfinite(model.val_loss())) std::abort();
    }
    (void)ae::sweep_csv(restored);
    (void)ae::sweep_json(restored, kOrigin);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static ae::fuzz::MemoryFile file;
    try {
        restore(file.holding(data, size));
    } catch (const ae::ModelError&) {
    }
    json document = json::parse(data, data + size, nullptr, false);
    if (!document.is_object()) return 0;
    document["plan"] = ae::plan_json(sweep());
    document["data_sha256"] = {"a", "b"};
    const std::string text = document.dump();
    try {
        restore(file.holding(text.data(), text.size()));
    } catch (const ae::ModelError&) {
    }
    return 0;
}
