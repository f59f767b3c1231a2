// Tables as other programs write them, and every way in which one can be wrong.
#include "file/csv.h"

#include <gmock/gmock.h>

#include "ae/error.h"
#include "temporary_folder.h"

namespace ae::csv_test {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Table table(const std::string& text, const TableReading& reading = {}) {
    return parse_table(text, "t.csv", reading);
}

std::string refusal(const std::string& text, const TableReading& reading = {}) {
    return message_of<DataError>([&] { table(text, reading); });
}

TEST(Csv, NumbersWithAndWithoutAHeader) {
    const Table plain = table("1,2.5\n-3e2,+4\n");
    EXPECT_EQ(plain.rows, 2u);
    EXPECT_EQ(plain.width, 2u);
    EXPECT_THAT(plain.values, ElementsAre(1, 2.5f, -300, 4));
    EXPECT_THAT(plain.columns, IsEmpty());
    const Table named = table("a,b\n1,2\n");
    EXPECT_THAT(named.columns, ElementsAre("a", "b"));
    EXPECT_THAT(named.values, ElementsAre(1, 2));
    EXPECT_THAT(table("0,1,2\n5,6,7\n").values, ElementsAre(5, 6, 7)) << "the names that pandas gives";
    EXPECT_THAT(table("0,1,3\n5,6,7\n").values, ElementsAre(0, 1, 3, 5, 6, 7));
    EXPECT_THAT(table("7\n8\n").values, ElementsAre(7, 8));
}

TEST(Csv, SeparatorsLineEndsAndMarks) {
    for (const char* text : {"a,b\n1,2", "a\tb\r\n1\t2\r\n", "a;b\n1;2\n",
                             "\xEF\xBB\xBF"
                             "a,b\n1,2\n",
                             "a,b\r1,2\r", "a,b\n\n1,2\n\n\n", "a,b\n 1 , 2\n"}) {
        const Table read = table(text);
        EXPECT_THAT(read.columns, ElementsAre("a", "b")) << text;
        EXPECT_THAT(read.values, ElementsAre(1, 2)) << text;
    }
}

TEST(Csv, QuotedCells) {
    const Table read = table("\"a, \"\"b\"\"\",c\n\"1\",2\n\"3\",\"4\"\n");
    EXPECT_THAT(read.columns, ElementsAre("a, \"b\"", "c"));
    EXPECT_THAT(read.values, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(table("\"two\nlines\",b\n1,2\n").columns, ElementsAre("two\nlines", "b"));
    EXPECT_THAT(refusal("\"two\nlines\",b\n1,x\n"), HasSubstr("line 3, column b")) << "lines are counted in quotes too";
    EXPECT_THAT(refusal("a,b\n1,\"2\n3,4\n"), HasSubstr("line 2: a quote without an end"));
    EXPECT_THAT(refusal("a,b\n\"1\"x,2\n"), HasSubstr("line 2: text after a closing quote"));
}

TEST(Csv, LabelsAndColumnsThatAreLeftOut) {
    const std::string iris = "5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n";
    const Table read = table(iris, {"3", {}});
    EXPECT_THAT(read.values, ElementsAre(5.1f, 3.5f, 4.9f, 3.0f, 7.0f, 3.2f));
    EXPECT_THAT(read.label_names, ElementsAre("setosa", "versicolor"));
    EXPECT_THAT(read.labels, ElementsAre(0, 0, 1));
    EXPECT_EQ(read.label_column, "3");
    const Table named = table("id,x,kind\nfirst,1,a\nsecond,2,b\n", {"kind", {"id"}});
    EXPECT_THAT(named.columns, ElementsAre("x"));
    EXPECT_THAT(named.values, ElementsAre(1, 2));
    const Table kaggle = table("label,pixel0,pixel1\n7,0,255\n");
    EXPECT_EQ(kaggle.label_column, "label");
    EXPECT_THAT(kaggle.values, ElementsAre(0, 255));
    EXPECT_THAT(kaggle.label_names, ElementsAre("7"));
    EXPECT_THAT(table("label,x\n7,0\n", {"", {"label"}}).labels, IsEmpty());
}

TEST(Csv, RowNumbersThatPandasWritesAreLeftOut) {
    const Table read = table(",a,b\n0,5,6\n1,7,8\n");
    EXPECT_TRUE(read.has_index);
    EXPECT_THAT(read.values, ElementsAre(5, 6, 7, 8));
    EXPECT_FALSE(table("a,b\n0,5\n").has_index);
}

TEST(Csv, ColumnsThatAreNotThere) {
    const auto usage = [&](const std::string& text, const TableReading& reading) {
        return message_of<UsageError>([&] { table(text, reading); });
    };
    EXPECT_THAT(usage("a,b\n1,2\n", {"c", {}}),
                HasSubstr("--label c: t.csv has no such column; it has 2 columns, a, b"));
    EXPECT_THAT(usage("a,b\n1,2\n", {"", {"3"}}), HasSubstr("--ignore 3"));
    EXPECT_THAT(usage("1,2\n", {"a", {}}), HasSubstr("no header"));
    EXPECT_THAT(usage("a,b\n1,2\n", {"a", {"b"}}), HasSubstr("no column of numbers is left"));
}

TEST(Csv, CellsThatAreNoNumbersAreNamedByLineAndColumn) {
    EXPECT_THAT(refusal("age,b\n1,2\n,3\n"), HasSubstr("t.csv: line 3, column age: is empty"));
    EXPECT_THAT(refusal("a,b\n1,2\n3,four\n"), HasSubstr("line 3, column b: 'four' is not a finite number"));
    EXPECT_THAT(refusal("1,2\n3,1e999\n"), HasSubstr("line 2, column 2: '1e999' is not"));
    for (const char* cell : {"nan", "inf", "1 2", "0x10", "1,5", "--1", "+-1", "1e"})
        EXPECT_THAT(refusal("a;b\n1;2\n3;" + std::string(cell) + "\n"), HasSubstr("line 3, column b")) << cell;
    EXPECT_THAT(refusal("a,kind\n1,x\n2,\n", {"kind", {}}), HasSubstr("line 3, column kind: is empty"));
}

TEST(Csv, RowsAndTablesThatDoNotFit) {
    EXPECT_THAT(refusal("1,2\n3\n"), HasSubstr("line 2 has 1 cells; the first line has 2"));
    EXPECT_THAT(refusal("1,2\n3,4,5\n"), HasSubstr("line 2 has 3 cells"));
    EXPECT_THAT(refusal(""), HasSubstr("is empty"));
    EXPECT_THAT(refusal("\n\n"), HasSubstr("is empty"));
    EXPECT_THAT(refusal("a,b\n"), HasSubstr("has a header and no rows"));
    EXPECT_THAT(refusal(std::string("1,2\n3,\0\n", 8)), HasSubstr("is not a text file"));
    std::string many = "x,kind\n";
    for (int i = 0; i < 257; ++i) many += "1,k" + std::to_string(i) + "\n";
    EXPECT_THAT(refusal(many, {"kind", {}}), HasSubstr("line 258, column kind: more than 256 different labels"));
    EXPECT_THROW(read_table("/nonexistent.csv", {}), DataError);
}

}  // namespace
}  // namespace ae::csv_test
