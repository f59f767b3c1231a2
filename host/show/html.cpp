#include "show/html.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/text.h"

namespace ae::html {

namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --page: #ffffff; --text: #1b1e23; --quiet: #626a75; --line: #dfe3e8; --panel: #f5f7f9;
  --first: #1f6fb4; --second: #b84f08; --floor: #6b7480;
  --d0: #1f77b4; --d1: #d55e00; --d2: #2a9d4e; --d3: #b8232f; --d4: #7d55b5;
  --d5: #8c5a41; --d6: #cf4fa6; --d7: #5f6670; --d8: #96910b; --d9: #0f9fb0; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --text: #e6e9ed; --quiet: #9aa4b0; --line: #2f353d; --panel: #1c2026;
  --first: #63aef0; --second: #f3995a; --floor: #8a94a0;
  --d0: #5aa9e6; --d1: #ff9147; --d2: #55cf7d; --d3: #ff6b75; --d4: #b595ee;
  --d5: #c99277; --d6: #f58ad3; --d7: #b3bac4; --d8: #d6d14d; --d9: #4cd5e6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 56rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
h1, h2 { overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.4rem 0; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 0.6rem; padding-top: 0.8rem; border-top: 1px solid var(--line); }
p { margin: 0.5rem 0; color: var(--quiet); overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }
svg.chart { width: 100%; min-width: 35rem; max-width: 52rem; height: auto; display: block; }
svg text { font: 14px system-ui, sans-serif; fill: var(--quiet); }
svg .mark { font-size: 21px; font-weight: 700; fill: var(--text); stroke: var(--page); stroke-width: 5px; paint-order: stroke; }
svg .tick { fill: var(--text); stroke: var(--page); stroke-width: 4px; paint-order: stroke; }
.legend span { margin-right: 0.7rem; white-space: nowrap; }
.legend i { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin-right: 0.3em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.6rem; }
.figures div { background: var(--panel); border-radius: 6px; padding: 0.6rem 0.8rem; }
.figures b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.figures span { color: var(--quiet); font-size: 0.9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 1rem 0.25rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 500; }
th:first-child, td:first-child { text-align: left; }
.pairs td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.pairs td:first-child { color: var(--quiet); white-space: nowrap; }
code { font-size: 0.9em; overflow-wrap: break-word; }
.told { color: var(--text); border-left: 4px solid var(--second); padding-left: 0.7rem; }
)";

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string cells(const std::vector<std::string>& texts, std::string_view tag) {
    std::string row = "<tr>";
    for (const std::string& text : texts) row += fmt::format("<{0}>{1}</{0}>", tag, escape(text));
    return row + "</tr>\n";
}

}  // namespace

std::string escape(std::string_view text) {
    std::string safe;
    for (const char c : printable_lines(text)) switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            case '\'':
                safe += "&#39;";
                break;
            default:
                safe += c;
        }
    return safe;
}

std::string image(const Picture& picture, std::string_view alt) {
    return fmt::format("<img width=\"{}\" height=\"{}\" alt=\"{}\" src=\"data:image/png;base64,{}\">\n", picture.width,
                       picture.height, escape(alt), base64(encode_png(picture)));
}

std::string table(const Table& content) {
    std::string text = content.head.empty() ? "<div class=\"scroll\"><table class=\"pairs\">\n"
                                            : "<div class=\"scroll\"><table>\n" + cells(content.head, "th");
    for (const auto& row : content.rows) text += cells(row, "td");
    return text + "</table></div>\n";
}

std::string section(std::string_view heading, std::string_view body) {
    return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", escape(heading), body);
}

std::string paragraph(std::string_view text) {
    return fmt::format("<p>{}</p>\n", escape(text));
}

std::string page(std::string_view title, std::string_view body) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n"
        "</head>\n<body>\n{}</body>\n</html>\n",
        escape(title), kStyle, body);
}

}  // namespace ae::html
