// Trains two steps through the installed library: its headers stand alone and everything it needs is linked.
#include <ae/engine.h>
#include <ae/error.h>
#include <ae/version.h>

#include <cstdio>

int main() {
    ae::Dataset data;
    data.name = "grey squares";
    for (ae::Images* set : {&data.train, &data.test}) {
        set->count = 32;
        set->height = set->width = 4;
        set->pixels.assign(32 * 16, 128);
    }
    ae::Settings settings;
    settings.shape = ae::Shape({16, 8, 4, 8, 16});
    settings.batch_size = 16;
    const auto engine = ae::make_engine("cpu", settings, {}, data);
    const double before = engine->validate().bce;
    engine->run(2);
    const double after = engine->validate().bce;
    std::printf("ae_cuda %s: %.4f before, %.4f after two steps\n", ae::kVersion, before, after);
    return after < before ? 0 : 1;
}
