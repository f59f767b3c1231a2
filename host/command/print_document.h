// --json
#pragma once
#include "base/json_text.h"
#include "base/terminal.h"

namespace ae {

/// One document on stdout. Throws as print_text() does.
template <typename Json>
void print_document(const Json& document) {
    print_text(json_text(document, 2) + "\n");
}

}  // namespace ae
