#pragma once
#include "engine/studies/regression/published_study.h"

namespace packrat {

/// The published study, read once.
inline const PublishedStudy& study() {
  static const PublishedStudy loaded = load_published_study();
  return loaded;
}

}  // namespace packrat
