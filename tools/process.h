#pragma once

namespace packrat {

/// What the program arranges with the system before it does anything; once, at the beginning of main().
///
/// Signals: the first SIGINT, SIGTERM, SIGHUP, SIGUSR1 or SIGXCPU sets stop_requested(), so that long work
/// keeps what it has done; a second one of the same kind ends the program. Those that are ignored at the
/// start stay ignored. Where SIGPIPE and SIGXFSZ would end the program, the write fails instead.
///
/// Standard output and error: writing to them never fails and never throws, whatever has become of them (a
/// full disk, a reader that is gone, a terminal that was closed); check_standard_output() tells at the end.
/// Descriptors that are closed at the start are opened, so that no file of ours gets their numbers.
///
/// An exception that nobody can catch (in a thread, or while another one is thrown) ends the program with one
/// line and exit code 2, and without partial files.
void set_up_process();

/// Writes out what is still held back of standard output. UserError when any of it was lost since
/// set_up_process().
void check_standard_output();

/// "memory is used up", with what limits it.
const char* out_of_memory_text();

}  // namespace packrat
