#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/topology/networks.h"

namespace packrat {

/// The name of a place where a network is cut in two: "2.5"; "none" is in front of its first layer.
class Cut {
 public:
  Cut() = default;  ///< none
  /// "0" is none, too. Which others there are, a Backbone knows.
  explicit Cut(std::string_view text) : text_(text == "0" ? "none" : text) {}

  bool is_none() const { return text_ == "none"; }
  const std::string& text() const { return text_; }

  friend bool operator==(const Cut& a, const Cut& b) { return a.text_ == b.text_; }
  friend bool operator!=(const Cut& a, const Cut& b) { return !(a == b); }

 private:
  std::string text_ = "none";
};

inline constexpr Shape3 kImageShape{3, 32, 32};  // of CIFAR, and wherever nothing else is said

/// A network that is cut in two: an encoder in front of the cut, a head behind it. Made from a row of
/// networks() that says where.
class Backbone {
 public:
  explicit Backbone(const NetworkInfo& row);
  Backbone(const Backbone&) = delete;
  Backbone(Backbone&&) = default;

  /// "resnet34".
  const std::string& name() const { return row_->name; }
  /// What --encoder calls it: "cutr34".
  const std::string& encoder() const { return row_->encoder; }
  /// UserError unless weights for it ship with Packrat.
  void require_shipped() const;
  /// From the first to the deepest, which is the end of the convolutional part; none is left out.
  const std::vector<Cut>& cuts() const { return cuts_; }
  std::vector<std::string> cut_names() const;
  /// "1, 2, 2.5, 3, 3.5 or 4".
  std::string cuts_text() const;

  /// 0 for none, 1 for the first cut. UserError for a cut that this network does not have.
  int depth(const Cut& cut) const;
  /// Shape of the maps after the cut; the image's own when there is none.
  Shape3 output_shape(const Cut& cut, const Shape3& image = kImageShape) const;

  /// The network for images of that shape.
  Network whole(std::int64_t classes, const Shape3& image = kImageShape) const;
  /// From the image to the cut.
  Network front(const Cut& cut, const Shape3& image = kImageShape) const;
  /// From the cut to the end of the convolutional part, for maps of that shape.
  Network rest(const Cut& cut, const MapShape& maps) const;
  /// The module behind which it is cut, by torchvision's name: "layer3.0"; "" for none.
  std::string module(const Cut& cut) const;

 private:
  const NetworkInfo* row_;
  std::vector<Cut> cuts_;
  std::vector<Shape3> shapes_;  // after none and after each of the cuts, for kImageShape
};

/// All of them, in the order of networks().
const std::vector<Backbone>& backbones();
/// By its own name; UserError, with the names there are, on any other.
const Backbone& find_backbone(std::string_view name);
/// By what --encoder calls it; likewise.
const Backbone& find_encoder(std::string_view encoder);
/// What --encoder calls them: "cutr", "cutr34", ...
std::vector<std::string> encoder_names();
/// Every cut of any of them, none of them twice.
std::vector<std::string> all_cut_names();

}  // namespace packrat
