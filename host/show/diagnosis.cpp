#include "show/diagnosis.h"

#include <fmt/format.h>

#include "train/epochs.h"

namespace ae {

std::string diagnosis(const History& history) {
    constexpr double kWorse = 1.005;     // a rise that is more than the noise from epoch to epoch
    constexpr double kProgress = 0.995;  // a fall in the last epoch that promises another
    if (history.size() < 3) return "";
    const EpochRecord &best = best_epoch(history), &last = history.back();
    if (last.val_loss > kWorse * best.val_loss && last.loss < best.loss)
        return fmt::format(
            "It overfits since epoch {}: the validation loss has risen from {:.4f} to {:.4f} while the training loss "
            "went on "
            "falling. --keep best leaves that epoch's model, --early-stop ends the run there; more images, noise or a "
            "smaller "
            "code move the point.",
            best.epoch, best.val_loss, last.val_loss);
    if (last.val_loss > kWorse * best.val_loss)
        return fmt::format(
            "Epoch {} was the best, with {:.4f}; the last has {:.4f}, and the training loss rose as well: the "
            "learning rate is too high for the end. --schedule cosine lets it fall.",
            best.epoch, best.val_loss, last.val_loss);
    if (last.val_loss < kProgress * history[history.size() - 2].val_loss)
        return "It was still getting better when it ended: more epochs would help.";
    return "";
}

}  // namespace ae
