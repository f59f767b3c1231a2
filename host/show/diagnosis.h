// The history of a run in a sentence.
#pragma once
#include <string>

#include "ae/history.h"

namespace ae {

/// A sentence for whoever trained it: the run overfits since an epoch, or was still getting better at its end. Empty
/// where there is nothing to say.
std::string diagnosis(const History& history);

}  // namespace ae
