// One function a command. Each takes the arguments after its name and returns the exit code; results go to stdout,
// everything else to stderr, errors are thrown. `ranks` apply a model together, and this is rank 0; null: this
// process alone.
#pragma once
#include "ae/group.h"
#include "command/command_line.h"

namespace ae {

int train_command(const Arguments& arguments);
int sweep_command(const Arguments& arguments);
int eval_command(const Arguments& arguments, Group* ranks);
int reconstruct_command(const Arguments& arguments, Group* ranks);
int denoise_command(const Arguments& arguments, Group* ranks);
int bench_command(const Arguments& arguments);
int info_command(const Arguments& arguments);
int encode_command(const Arguments& arguments, Group* ranks);
int decode_command(const Arguments& arguments, Group* ranks);
int compress_command(const Arguments& arguments, Group* ranks);
int decompress_command(const Arguments& arguments, Group* ranks);
int rd_command(const Arguments& arguments, Group* ranks);
int report_command(const Arguments& arguments, Group* ranks);
int compare_command(const Arguments& arguments);
int explain_command(const Arguments& arguments);
int probe_command(const Arguments& arguments, Group* ranks);
int anomaly_command(const Arguments& arguments, Group* ranks);
int anomaly_fit_command(const Arguments& arguments, Group* ranks);
int anomaly_score_command(const Arguments& arguments, Group* ranks);
int anomaly_eval_command(const Arguments& arguments);
int export_command(const Arguments& arguments);
int import_command(const Arguments& arguments);
int inspect_command(const Arguments& arguments);

}  // namespace ae
