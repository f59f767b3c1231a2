// A GPU for each rank.
#pragma once
#include <string>

#include "ae/group.h"

namespace ae {

/// Makes a GPU of its machine the current one of this thread, for each rank another. Every rank calls it. Returns why
/// not all ranks have one, in one line, the same on all of them; empty where they have.
std::string take_gpu(Group& group);

}  // namespace ae
