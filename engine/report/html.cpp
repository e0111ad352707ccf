#include "engine/report/html.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/report/assets.h"
#include "engine/report/plotly.h"

namespace packrat {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// JSON that no HTML parser can take for the end of its script element.
std::string json_for_script(const nlohmann::json& json) {
  std::string out;
  for (const char c : json.dump()) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

std::string cell_value(const TableCell& cell) {
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  return std::holds_alternative<std::monostate>(cell) ? "" : cell_text(cell, 0);
}

/// Collects what the page holds, block by block.
class HtmlWriter {
 public:
  std::string text(const Report& report) {
    body(report);
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
        "<link rel=\"icon\" "
        "href=\"data:,\">\n<style>\n{}</style>\n<script>\n{}\n</script>\n</head>\n<body>\n{}"
        "<script type=\"application/json\" "
        "id=\"figures\">{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        escaped(report.title), page_css(), plotly_js(), html_, json_for_script(figures_), page_js());
  }

 private:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    html_ += fmt::format(format, std::forward<Values>(values)...);
  }

  void body(const Report& report) {
    add("<header>\n<h1>{}</h1>\n", escaped(report.title));
    for (const std::string& paragraph : report.summary) add("<p>{}</p>\n", html_prose(paragraph));
    if (report.pages.size() > 1) tabs(report);
    add("</header>\n<main>\n");
    for (const Page& p : report.pages) page(p);
    add("</main>\n<footer>Packrat {}. Figures are drawn by Plotly.js (MIT licence).</footer>\n", version());
  }

  void tabs(const Report& report) {
    add("<nav class=\"tabs\" role=\"tablist\">\n");
    for (const Page& p : report.pages)
      add("<a role=\"tab\" href=\"#page-{0}\" data-page=\"{0}\">{1}</a>\n", escaped(p.name),
          escaped(p.title));
    add("</nav>\n");
  }

  void page(const Page& p) {
    add("<section class=\"page\" id=\"page-{}\">\n<nav>\n", escaped(p.name));
    for (const PageSection& s : p.sections)
      add("<a href=\"#{}\">{}</a>\n", escaped(s.name), escaped(s.title));
    add("</nav>\n");
    for (const PageSection& s : p.sections) {
      add("<h2 id=\"{}\">{}</h2>\n", escaped(s.name), escaped(s.title));
      for (const PageBlock& b : s.blocks) std::visit([&](const auto& block) { this->block(block); }, b);
    }
    add("</section>\n");
  }

  void block(const std::string& paragraph) { add("<p>{}</p>\n", html_prose(paragraph)); }

  void block(const Figure& figure) {
    claim("figure", figure.name);
    if (!figure.title.empty()) add("<h3>{}</h3>\n", html_prose(figure.title));
    if (is_empty(figure)) return needs(figure.needs);
    if (!figure.switches.empty()) add("<div class=\"switches\">\n");
    for (const Switch& s : figure.switches) switch_buttons(figure, s);
    if (!figure.switches.empty()) add("</div>\n");
    add("<div class=\"plot\" id=\"plot-{0}\" data-figure=\"{0}\"></div>\n", escaped(figure.name));
    if (!figure.caption.empty()) add("<p class=\"caption\">{}</p>\n", html_prose(figure.caption));
    figures_.push_back(plotly_json(figure));
  }

  void switch_buttons(const Figure& figure, const Switch& s) {
    add("<fieldset><legend>{}</legend>", escaped(s.name));
    for (std::size_t c = 0; c < s.choices.size(); ++c)
      add("<label><input type=\"radio\" name=\"{}.{}\" value=\"{}\"{}> {}</label>", escaped(figure.name),
          escaped(s.name), escaped(s.choices[c]), c == 0 ? " checked" : "", escaped(s.choices[c]));
    add("</fieldset>\n");
  }

  void block(const Table& table) {
    claim("table", table.name);
    if (!table.title.empty()) add("<h3>{}</h3>\n", html_prose(table.title));
    if (table.rows.empty()) return needs(table.needs);
    add("<div class=\"table\">\n<div class=\"tools\"><input type=\"search\" placeholder=\"rows that hold "
        "these words\" "
        "aria-label=\"filter\"><span class=\"count\"></span><button class=\"save\" type=\"button\">Save as "
        "CSV</button>"
        "</div>\n<div class=\"scroll\"><table id=\"{}\">\n<thead><tr>",
        escaped(table.name));
    std::vector<const char*> kind;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      kind.push_back(is_number_column(table, c) ? "n" : is_long(table, c) ? "t long" : "t");
      add("<th class=\"{}\" title=\"{}\"><button type=\"button\">{}</button></th>", kind[c],
          escaped(table.columns[c].help), escaped(table.columns[c].title));
    }
    add("</tr></thead>\n<tbody>\n");
    for (const auto& row : table.rows) {
      add("<tr>");
      for (std::size_t c = 0; c < row.size(); ++c)
        add("<td class=\"{}\" data-v=\"{}\">{}</td>", kind[c], escaped(cell_value(row[c])),
            escaped(cell_text(row[c], table.columns[c].digits)));
      add("</tr>\n");
    }
    add("</tbody></table></div>\n</div>\n");
  }

  static bool is_long(const Table& table, std::size_t column) {
    for (const auto& row : table.rows)
      if (const auto* text = std::get_if<std::string>(&row[column]); text != nullptr && text->size() > 60)
        return true;
    return false;
  }

  void needs(const std::string& text) { add("<p class=\"needs\">No data yet. {}</p>\n", html_prose(text)); }

  void claim(const char* kind, const std::string& name) {
    if (!names_.insert(fmt::format("{} {}", kind, name)).second)
      throw Error(fmt::format("a report has two {}s named {}", kind, name));
  }

  std::string html_;
  nlohmann::json figures_ = nlohmann::json::array();
  std::set<std::string> names_;
};

}  // namespace

std::string html_text(const Report& report) {
  return HtmlWriter().text(report);
}

std::string html_prose(const std::string& text) {
  std::string out;
  bool code = false;
  std::size_t start = 0;
  for (std::size_t tick = text.find('`'); tick != std::string::npos; tick = text.find('`', start)) {
    out += escaped(text.substr(start, tick - start)) + (code ? "</code>" : "<code>");
    code = !code;
    start = tick + 1;
  }
  return out + escaped(text.substr(start)) + (code ? "</code>" : "");
}

}  // namespace packrat
