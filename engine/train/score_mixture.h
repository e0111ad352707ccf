#pragma once
#include <vector>

#include "engine/methods/scoring.h"

namespace packrat {

/// How the scores of a trained head and of a closed form become one: head * log softmax(logits) + closed *
/// (score - log of the sum of exp of all scores), class by class. Where `closed` is above 0, a class that the
/// closed form never saw scores -infinity.
struct ScoreMixture {
  double head = 1, closed = 0;
};

/// The mixture of two scores; both are called for all rows.
ScoreFn mixed_scores(ScoreFn head, ScoreFn closed, const ScoreMixture& mixture, int classes);

/// The mixture of least cross-entropy on n rows with these labels, both parts at least 0; head, closed:
/// scores [n, classes]. A problem of two convex variables, solved by Newton's method from a half each; the
/// squared distance from there is added with weight 1/2, so that few rows decide little.
ScoreMixture fit_mixture(std::vector<float> head, std::vector<float> closed, const std::vector<int>& labels,
                         int classes);

}  // namespace packrat
