// ae_cuda inspect: a description of any file that this program reads.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/terminal.h"
#include "command/chunks.h"
#include "command/commands.h"
#include "command/loaded_model.h"
#include "command/print_document.h"
#include "show/document_text.h"
#include "show/inspection.h"
#include "train/busy_line.h"

namespace ae {

int inspect_command(const Arguments& arguments) {
    std::string path;
    bool json = false;
    CommandLine line(
        "inspect",
        "Describes a file and its contents: model, checkpoint, safetensors, ONNX, .npy, .npz, IDX, .aez, PNG.",
        "ae_cuda inspect runs/first");
    line.add_option("FILE", path, "The file, or a run folder for its model").required();
    line.add_flag("--json", json, "One JSON document");
    if (!line.read(arguments)) return 0;

    const nlohmann::ordered_json document = [&] {
        const BusyLine reading(ProgressMode::automatic, "reading", silence());
        return inspect_file(model_file(path));
    }();
    if (json) {
        print_document(document);
        return 0;
    }
    print("{}: {}\n\n", path, short_text(document.at("summary").get<std::string>()));
    nlohmann::ordered_json rest = document;
    for (const char* shown : {"file", "summary", "kind"}) rest.erase(shown);
    print_text(document_text(rest));
    return 0;
}

}  // namespace ae
