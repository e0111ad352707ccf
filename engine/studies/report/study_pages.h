#pragma once
namespace packrat {

/// Adds the pages and printed tables of the studies to the report's: see report.h.
void add_study_pages();

}  // namespace packrat
