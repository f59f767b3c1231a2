// Every JSON that the program reads, whose texts a checksum or a cache keeps from the fuzzers of whole files. The first
// letter chooses: settings and the rest of a checkpoint's metadata, history, thresholds of anomalies, names of
// columns, choices of engines.
#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "ae/checkpoint.h"
#include "ae/error.h"
#include "ae/model.h"
#include "base/thread_pool.h"
#include "engine/choice_cache.h"
#include "file/atomic_file.h"
#include "file/cache_folder.h"
#include "file/paths.h"
#include "model/provenance.h"
#include "model/training_data.h"
#include "show/model_card.h"
#include "use/stored_detector.h"

namespace {

/// A folder of the process's own, in memory where there is some.
const std::filesystem::path& folder() {
    static const std::filesystem::path path = [] {
        std::string name = "/dev/shm/ae_fuzz_XXXXXX";
        if (!mkdtemp(name.data()) && !mkdtemp((name = "/tmp/ae_fuzz_XXXXXX").data())) std::abort();
        setenv("XDG_CACHE_HOME", name.c_str(), 1);
        ae::create_folders(ae::cache_folder());
        return std::filesystem::path(name);
    }();
    return path;
}

ae::Checkpoint checkpoint() {
    ae::Checkpoint c;
    c.settings.shape = ae::Shape::parse("4-2-4");
    c.state.parameters = c.state.m = c.state.v = std::vector<float>(c.settings.shape.parameters(), 0.5f);
    return c;
}

/// A checkpoint in which one text of the metadata is another, and the checksum agrees.
void read_checkpoint_with(const std::string& key, const std::string& text) {
    const std::filesystem::path path = folder() / "checkpoint";
    ae::save_checkpoint(path, checkpoint());
    ae::TensorFile file = ae::read_safetensors(path);
    file.metadata[key] = text;
    ae::seal(file);
    ae::write_safetensors(path, file);
    ae::load_checkpoint(path);
    ae::load_model(path);
    ae::safetensors_card(path);
}

void read_thresholds(const std::string& text) {
    static ae::ThreadPool pool(1);
    ae::Model model;
    model.settings.shape = ae::Shape::parse("4-2-4");
    model.metadata["anomaly"] = text;
    model.arrays["anomaly.codes"] = {{8, 2}, std::vector<float>(16, 0.5f)};
    for (const std::string& score : ae::anomaly_score_names())
        model.arrays["anomaly.scores." + score] = {{20}, std::vector<float>(20, 0.5f)};
    ae::stored_detector(model, "fuzz", pool);
}

void read_choices(const std::string& text) {
    ae::write_file(ae::cache_folder() / "fuzz.json", text);
    (void)ae::ChoiceCache("fuzz").find("what");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    folder();
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        switch (data[0]) {
            case 's':
                read_checkpoint_with("settings", text);
                break;
            case 'h':
                read_checkpoint_with("history", text);
                break;
            case 't':
                read_thresholds(text);
                break;
            case 'n':
                ae::trained_columns({{"data_columns", text}});
                break;
            case 'c':
                read_choices(text);
                break;
            default:
                ae::metadata_list({{"key", text}});
        }
    } catch (const ae::ModelError&) {
    }
    return 0;
}
