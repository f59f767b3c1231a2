// The one way from a JSON document to its text.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace ae {

/// Never throws for what a text holds: nlohmann's dump() alone throws where a text, such as a file's name, is not
/// UTF-8. Such bytes become U+FFFD. `indent` as in dump(); -1 writes one line.
template <typename Json>
std::string json_text(const Json& document, int indent = -1) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ae
