#include "models/head_module.h"

namespace packrat {

HeadModule::HeadModule(const HeadSpec& spec)
    : NetworkModule(head_network(spec.kind, spec.after, map_shape(spec.in_shape), spec.classes, spec.hidden),
                    spec.dropout),
      spec_(spec) {
  if (spec.prior) prior_ = register_module("prior", std::make_shared<PriorScaleModule>());
  add_layers(spec.form);
}

}  // namespace packrat
