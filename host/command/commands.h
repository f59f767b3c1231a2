// One function a command. Each takes the arguments after its name and returns the exit code; results go to stdout,
// everything else to stderr, errors are thrown.
#pragma once
#include "command/command_line.h"

namespace ae {

int train_command(const Arguments& arguments);
int sweep_command(const Arguments& arguments);
int eval_command(const Arguments& arguments);
int reconstruct_command(const Arguments& arguments);
int denoise_command(const Arguments& arguments);
int bench_command(const Arguments& arguments);
int info_command(const Arguments& arguments);
int encode_command(const Arguments& arguments);
int decode_command(const Arguments& arguments);
int compress_command(const Arguments& arguments);
int decompress_command(const Arguments& arguments);
int rd_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int compare_command(const Arguments& arguments);
int explain_command(const Arguments& arguments);
int probe_command(const Arguments& arguments);
int anomaly_command(const Arguments& arguments);
int anomaly_fit_command(const Arguments& arguments);
int anomaly_score_command(const Arguments& arguments);
int anomaly_eval_command(const Arguments& arguments);
int export_command(const Arguments& arguments);
int import_command(const Arguments& arguments);
int inspect_command(const Arguments& arguments);

}  // namespace ae
