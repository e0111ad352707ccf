#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/report/text_width.h"

namespace packrat {

struct PicturePoint {
  double x = 0, y = 0;  ///< pixels from the upper left corner
};

/// A text where a picture has it: a rectangle that may be turned.
struct DrawnText {
  std::string text;
  std::array<PicturePoint, 4> corners;
};

struct DrawnPicture {
  double width = 0, height = 0;
  std::vector<DrawnText> texts;
};

/// The letters between tags, with entities read.
inline std::string svg_letters(const std::string& svg) {
  std::string text;
  bool tag = false;
  for (std::size_t at = 0; at < svg.size(); ++at) {
    if (svg[at] == '<' || svg[at] == '>') {
      tag = svg[at] == '<';
    } else if (!tag) {
      const std::array<std::pair<std::string, char>, 5> entities{
          {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}}};
      const auto entity = std::find_if(entities.begin(), entities.end(), [&](const auto& e) {
        return svg.compare(at, e.first.size(), e.first) == 0;
      });
      text += entity == entities.end() ? svg[at] : entity->second;
      if (entity != entities.end()) at += entity->first.size() - 1;
    }
  }
  return text;
}

/// A text of one line whose base line begins, is centred or ends at a point, turned by degrees.
inline DrawnText drawn_text(const std::string& text, PicturePoint at, double degrees, double size,
                            const std::string& anchor) {
  const double width = size * text_width(text), turn = std::atan(1.0) / 45 * degrees;
  const double left = anchor == "middle" ? -width / 2 : anchor == "end" ? -width : 0;
  DrawnText drawn{text, {}};
  std::size_t corner = 0;
  for (const auto& [x, y] : {std::pair{left, -0.75 * size},
                             {left + width, -0.75 * size},
                             {left + width, 0.2 * size},
                             {left, 0.2 * size}})
    drawn.corners[corner++] = {at.x + x * std::cos(turn) - y * std::sin(turn),
                               at.y + x * std::sin(turn) + y * std::cos(turn)};
  return drawn;
}

/// The texts of a picture that gnuplot's svg terminal wrote.
inline DrawnPicture drawn_picture(const std::string& svg) {
  const auto after = [&](const std::string& mark, std::size_t from) {
    const std::size_t at = svg.find(mark, from);
    if (at == std::string::npos) throw std::runtime_error("no " + mark + " in the picture");
    return at + mark.size();
  };
  DrawnPicture picture;
  if (std::sscanf(svg.c_str() + after("viewBox=\"", 0), "0 0 %lf %lf", &picture.width, &picture.height) != 2)
    throw std::runtime_error("a picture without a size");
  const std::string begin = "<g transform=\"translate(";
  for (std::size_t at = svg.find(begin); at != std::string::npos; at = svg.find(begin, at)) {
    at += begin.size();
    PicturePoint point;
    double degrees = 0;
    std::sscanf(svg.c_str() + at, "%lf,%lf) rotate(%lf)", &point.x, &point.y, &degrees);
    const double size = std::atof(svg.c_str() + after("font-size=\"", at));
    const std::size_t anchor = after("text-anchor=\"", at), text = after("<text", anchor),
                      end = svg.find("</text>", text);
    const std::string letters = svg_letters("<" + svg.substr(text, end - text));
    if (!letters.empty())
      picture.texts.push_back(
          drawn_text(letters, point, degrees, size, svg.substr(anchor, svg.find('"', anchor) - anchor)));
  }
  return picture;
}

/// Whether two texts have more in common than their edges: no side of either divides them.
inline bool overlap(const DrawnText& a, const DrawnText& b) {
  constexpr double kTouch = 0.25;  // pixels
  for (const DrawnText* turned : {&a, &b})
    for (const std::size_t corner : {0u, 1u}) {
      const PicturePoint &from = turned->corners[corner], &to = turned->corners[corner + 1];
      const double length = std::hypot(to.x - from.x, to.y - from.y), x = (to.x - from.x) / length,
                   y = (to.y - from.y) / length;
      const auto extent = [&](const DrawnText& text) {
        std::pair<double, double> range{1e300, -1e300};
        for (const PicturePoint& p : text.corners)
          range = {std::min(range.first, p.x * x + p.y * y), std::max(range.second, p.x * x + p.y * y)};
        return range;
      };
      const auto one = extent(a), other = extent(b);
      if (one.second <= other.first + kTouch || other.second <= one.first + kTouch) return false;
    }
  return true;
}

/// No text leaves the picture, and none lies on another.
inline void expect_readable(const DrawnPicture& picture, const std::string& which) {
  for (std::size_t at = 0; at < picture.texts.size(); ++at) {
    const DrawnText& text = picture.texts[at];
    for (const PicturePoint& p : text.corners)
      if (p.x < -0.5 || p.y < -0.5 || p.x > picture.width + 0.5 || p.y > picture.height + 0.5) {
        ADD_FAILURE() << which << ": '" << text.text << "' is cut off";
        break;
      }
    for (std::size_t other = at + 1; other < picture.texts.size(); ++other)
      if (overlap(text, picture.texts[other]))
        ADD_FAILURE() << which << ": '" << text.text << "' lies on '" << picture.texts[other].text << "'";
  }
}

}  // namespace packrat
