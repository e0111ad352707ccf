#pragma once

namespace packrat {

/// For the program: when a page of a MappedFile (files.h) is not there any more, because the file was cut
/// short after it was mapped or its disk failed, one line names the file and the program ends with exit code
/// 2, in place of the signal SIGBUS.
void explain_lost_pages();

}  // namespace packrat
