#include "engine/topology/backbone.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/topology/families.h"
#include "engine/topology/part.h"

namespace packrat {
namespace {

template <typename NameOf>
const Backbone& find_by(std::string_view name, const char* what, const NameOf& name_of) {
  std::vector<std::string> names;
  for (const Backbone& backbone : backbones()) {
    if (name_of(backbone) == name) return backbone;
    names.push_back(name_of(backbone));
  }
  throw UserError(fmt::format("unknown {} '{}': choose {}", what, name, listed(names)));
}

}  // namespace

Backbone::Backbone(const NetworkInfo& row) : row_(&row), shapes_{kImageShape} {
  for (const CutPoint& point : row.cuts) {
    cuts_.emplace_back(point.name);
    shapes_.push_back(sides(front(cuts_.back()).output()));
  }
}

void Backbone::require_shipped() const {
  if (!row_->ships)
    throw UserError(fmt::format("no weights of {} ship with Packrat: give a file with --weights", name()));
}

std::vector<std::string> Backbone::cut_names() const {
  std::vector<std::string> names;
  for (const Cut& cut : cuts_) names.push_back(cut.text());
  return names;
}

std::string Backbone::cuts_text() const {
  return listed(cut_names());
}

Shape3 Backbone::output_shape(const Cut& cut, const Shape3& image) const {
  const auto place = static_cast<std::size_t>(depth(cut));
  if (image == kImageShape) return shapes_[place];
  return cut.is_none() ? image : sides(front(cut, image).output());
}

int Backbone::depth(const Cut& cut) const {
  if (cut.is_none()) return 0;
  const auto found = std::find(cuts_.begin(), cuts_.end(), cut);
  if (found == cuts_.end())
    throw UserError(fmt::format("cannot cut {} after block '{}': choose {}, or 0 for no cut", name(),
                                cut.text(), cuts_text()));
  return static_cast<int>(found - cuts_.begin()) + 1;
}

std::string Backbone::module(const Cut& cut) const {
  const int place = depth(cut);
  return place == 0 ? "" : row_->cuts[static_cast<std::size_t>(place - 1)].module;
}

Network Backbone::whole(std::int64_t classes, const Shape3& image) const {
  return row_->build(map_shape(image), classes);
}

Network Backbone::front(const Cut& cut, const Shape3& image) const {
  Network network = part(whole(row_->classes, image), "", module(cut));
  network.name = fmt::format("{}-encoder-{}", name(), cut.text());
  return network;
}

Network Backbone::rest(const Cut& cut, const MapShape& maps) const {
  const Shape3 usual = output_shape(cut);
  if (maps.channels != usual[0] || maps.height < 1 || maps.width < 1)
    throw UserError(
        fmt::format("a {} head behind cut {} takes maps of {} channels ({} for 32x32 images), not {}: give "
                    "the head the encoder's cut",
                    name(), cut.text(), usual[0], map_text(map_shape(usual)), map_text(maps)));
  return part(whole(row_->classes), module(cut), row_->cuts.back().module, maps);
}

const std::vector<Backbone>& backbones() {
  static const std::vector<Backbone> all = [] {
    std::vector<Backbone> rows;
    for (const NetworkInfo& row : torchvision_networks())
      if (!row.cuts.empty()) rows.emplace_back(row);
    return rows;
  }();
  return all;
}

const Backbone& find_backbone(std::string_view name) {
  return find_by(name, "architecture", [](const Backbone& b) { return b.name(); });
}

const Backbone& find_encoder(std::string_view encoder) {
  return find_by(encoder, "encoder", [](const Backbone& b) { return b.encoder(); });
}

std::vector<std::string> encoder_names() {
  std::vector<std::string> names;
  for (const Backbone& backbone : backbones()) names.push_back(backbone.encoder());
  return names;
}

std::vector<std::string> all_cut_names() {
  std::vector<std::string> names;
  for (const Backbone& backbone : backbones())
    for (const Cut& cut : backbone.cuts())
      if (std::find(names.begin(), names.end(), cut.text()) == names.end()) names.push_back(cut.text());
  return names;
}

}  // namespace packrat
