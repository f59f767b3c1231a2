// The demands of the program on its process, met before anything is run.
#pragma once

namespace ae {

/// Makes sure that descriptors 0 to 2 are open, so that no file of ours becomes one of them and gets messages; that a
/// file size limit and a reader that has ended are errors of write(); that an exception which nobody can catch
/// ends the program with a word and an exit code; and that OpenBLAS, which is loaded later, starts no threads: each
/// would ask for its 128 MiB for ever where there are none, and the end of the program would wait for it.
void prepare_process() noexcept;

/// Says the exception that is being handled, with this process's rank if a launcher has started several, and returns
/// its exit code. Rank 0 speaks first: a mistake is mostly everyone's, and the first to end ends the others.
int say_failure() noexcept;

}  // namespace ae
