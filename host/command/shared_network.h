// Networks that the ranks of a group apply together. Rank 0 alone runs a command, and its networks share their rows
// out; the other ranks compute their part of every call.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "ae/engine.h"
#include "ae/group.h"
#include "ae/model.h"
#include "ae/network.h"
#include "command/command_line.h"

namespace ae {

/// On rank 0: as make_network(), on all ranks of options.group. A row has the bits that one process gives it, where
/// all ranks have one kind of processor. Keeps a reference to the group; for the main thread alone.
std::unique_ptr<Network> share_network(const std::string& engine, const Model& model, const EngineOptions& options);

/// Runs a command that applies models. Where a launcher has started several processes rank 0 runs it, and the others
/// compute with it.
int run_applied(std::string_view name, const Arguments& arguments, int (*command)(const Arguments&, Group*));

/// On the other ranks: makes and applies the networks of rank 0 until that calls end_sharing(). Returns the code that
/// rank 0 ends with.
int serve_networks(Group& group);

/// On rank 0: lets the others end.
void end_sharing(Group& group, int code);

}  // namespace ae
