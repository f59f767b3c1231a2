#include "base/text.h"

#include <gtest/gtest.h>

#include "base/json_text.h"

namespace ae {
namespace {

TEST(ValidUtf8, LeavesWhatIsValidAndReplacesWhatIsNot) {
    EXPECT_EQ(valid_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\n\x1b"),
              "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\n\x1b");
    EXPECT_EQ(valid_utf8("caf\xE9"), "caf\xEF\xBF\xBD") << "Latin-1";
    EXPECT_EQ(valid_utf8("\xC0\xAF").find('\xC0'), std::string::npos) << "an overlong slash";
    EXPECT_EQ(valid_utf8("\xED\xA0\x80").find('\xED'), std::string::npos) << "half of a surrogate pair";
    EXPECT_EQ(valid_utf8("\xF5\x80\x80\x80").find('\xF5'), std::string::npos) << "beyond Unicode";
    EXPECT_EQ(valid_utf8(""), "");
}

TEST(ValidUtf8, WhatItGivesIsNeverChangedAgain) {
    for (int lead = 0; lead < 256; ++lead)
        for (int next = 0; next < 256; next += 3) {
            const std::string once = valid_utf8(std::string{static_cast<char>(lead), static_cast<char>(next), 'x'});
            EXPECT_EQ(valid_utf8(once), once) << lead << ' ' << next;
            EXPECT_NO_THROW((void)nlohmann::json(once).dump());
        }
}

TEST(Printable, EscapesWhatMovesATerminal) {
    EXPECT_EQ(printable("\x1b[31m\a\b\x7f"), "\\u001b[31m\\u0007\\u0008\\u007f");
    EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\r");
    EXPECT_EQ(printable("\xC2\x9B"
                        "2J"),
              "\\u009b2J")
        << "C1: the control sequence introducer";
    EXPECT_EQ(printable("a\xE2\x80\xAE"
                        "b"),
              "a\\u202eb")
        << "from right to left";
    EXPECT_EQ(printable("\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\x8F\xD8\x9C"), "\\u2066\\u2069\\u200f\\u061c");
    EXPECT_EQ(printable("\xE2\x80\xA8"), "\\u2028");
}

TEST(Printable, LeavesOtherTextAlone) {
    EXPECT_EQ(printable("a \"quoted\\path\" 5×28 \xF0\x9F\x98\x80…"), "a \"quoted\\path\" 5×28 \xF0\x9F\x98\x80…");
    EXPECT_EQ(printable("caf\xE9"), "caf\xEF\xBF\xBD");
    EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\u0000b");
}

TEST(Printable, NeverLetsAControlCharacterThrough) {
    for (int lead = 0; lead < 256; ++lead)
        for (int next = 0; next < 256; ++next)
            for (const char c : printable(std::string{static_cast<char>(lead), static_cast<char>(next)}))
                EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << lead << ' ' << next;
}

TEST(Printable, OfLinesLeavesTheirEnds) {
    EXPECT_EQ(printable_lines("one\n  two\x1b\n"), "one\n  two\\u001b\n");
}

TEST(JsonText, ReplacesWhatIsNotUtf8InKeysAndValues) {
    const nlohmann::json document = {{"caf\xE9", {"\xFF", 1.5}}};
    EXPECT_EQ(json_text(document), "{\"caf\xEF\xBF\xBD\":[\"\xEF\xBF\xBD\",1.5]}");
}

TEST(TwoNumbers, AreBothAboveZeroAndNothingElse) {
    EXPECT_EQ(two_numbers("32x24"), std::pair(32, 24));
    for (const char* text : {"", "32", "32x", "x24", "32x24x3", "0x24", "32x0", "-1x4", "32 x 24", "99999999999x1"})
        EXPECT_FALSE(two_numbers(text)) << text;
}

}  // namespace
}  // namespace ae
