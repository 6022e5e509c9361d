/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/row_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/store_list.h"

/* A field of each kind. */
struct sample_row {
	int64_t integer, id, boolean, decimal, hex, time, visits, pages;
	struct store_text text;
};

static void write_word(struct row_sink *sink, const void *row)
{
	(void)row;
	row_string(sink, "-word");
}

static void write_array(struct json_writer *json, const void *row)
{
	json_begin_array(json);
	json_integer(json, ((const struct sample_row *)row)->integer);
	json_text(json, "\"", 1);
	json_end_array(json);
}

static bool is_present(const void *row)
{
	return ((const struct sample_row *)row)->id;
}

static const struct field group[] = {
	FIELD(FIELD_HEX, sample_row, hex),
	FIELD(FIELD_TIME, sample_row, time),
	FIELD_MEAN_AS(sample_row, visits, pages, "mean"),
	FIELD_END,
};

static const struct field fields[] = {
	FIELD(FIELD_INTEGER, sample_row, integer),
	FIELD(FIELD_ID, sample_row, id),
	FIELD(FIELD_BOOLEAN, sample_row, boolean),
	FIELD(FIELD_DECIMAL, sample_row, decimal),
	FIELD_GROUP_IF("group", group, is_present),
	FIELD(FIELD_TEXT, sample_row, text),
	FIELD_BY(FIELD_TEXT, "word", write_word),
	FIELD_JSON_BY("array", write_array),
	FIELD_END,
};

#define JSON_FULL                                                                         \
	"{\"integer\":-7,\"id\":3,\"boolean\":true,\"decimal\":\"18446744073709551615\"," \
	"\"group\":{\"hex\":\"0x7f\",\"time\":\"1970-01-01T00:00:00.000000001Z\","        \
	"\"mean\":2.5},\"text\":\"a,b\",\"word\":\"-word\",\"array\":[-7,\"\\\"\"]}"
#define JSON_EMPTY                                                                       \
	"{\"integer\":0,\"id\":null,\"boolean\":false,\"decimal\":\"0\",\"group\":null," \
	"\"text\":null,\"word\":\"-word\",\"array\":[0,\"\\\"\"]}"

static const struct sample_row full = {
	-7, 3, 1, -1, 0x7f, 1, 5, 2, {"a,b", 3},
};
static const struct sample_row empty;

static struct buffer buffer;

static int teardown(void **state)
{
	(void)state;
	buffer_clear(&buffer);
	return 0;
}

static void assert_written(const char *expected)
{
	char *text = buffer_take_text(&buffer);

	assert_string_equal(text, expected);
	free(text);
}

/* Two rows, as a list would be. */
static void write_list(enum row_format_id id, const char *next)
{
	struct row_writer writer = {
		.format = &row_formats[id],
		.fields = fields,
		.buffer = &buffer,
	};

	writer.format->begin(&writer);
	writer.format->row(&writer, &full);
	writer.format->row(&writer, &empty);
	writer.rows = 2;
	writer.format->end(&writer, next);
}

static void json_is_an_object_around_the_rows(void **state)
{
	(void)state;
	write_list(ROW_FORMAT_JSON, NULL);
	assert_written("{\"data\":[" JSON_FULL "," JSON_EMPTY "],\"next\":null}");
	write_list(ROW_FORMAT_JSON, "c-_");
	assert_written("{\"data\":[" JSON_FULL "," JSON_EMPTY "],\"next\":\"c-_\"}");
}

static void ndjson_is_a_row_a_line(void **state)
{
	(void)state;
	write_list(ROW_FORMAT_NDJSON, NULL);
	assert_written(JSON_FULL "\n" JSON_EMPTY "\n{\"eof\":true,\"rows\":2}\n");
	write_list(ROW_FORMAT_NDJSON, "c-_");
	assert_written(JSON_FULL "\n" JSON_EMPTY "\n{\"eof\":true,\"rows\":2,\"next\":\"c-_\"}\n");
}

static void csv_has_a_header_and_groups_are_columns(void **state)
{
	(void)state;
	write_list(ROW_FORMAT_CSV, NULL);
	assert_written("integer,id,boolean,decimal,group.hex,group.time,group.mean,text,word,"
		       "array\r\n"
		       "-7,3,true,18446744073709551615,0x7f,1970-01-01T00:00:00.000000001Z,2.5,"
		       "\"a,b\",'-word,\"[-7,\"\"\\\"\"\"\"]\"\r\n"
		       "0,,false,0,,,,,'-word,\"[0,\"\"\\\"\"\"\"]\"\r\n");
}

static const struct {
	const char *bytes;
	size_t size;
	const char *cell;
} texts[] = {
	{"", 0, ""},
	{"plain", 5, "plain"},
	{"a b", 3, "a b"},
	{"a\"b", 3, "\"a\"\"b\""},
	{"a\r\nb", 4, "\"a\r\nb\""},
	{"=1", 2, "'=1"},
	{"+1", 2, "'+1"},
	{"-1", 2, "'-1"},
	{"@a", 2, "'@a"},
	{"\ta", 2, "\"'\ta\""},
	{"\ra", 2, "\"'\ra\""},
	{"=\"a\"", 4, "\"'=\"\"a\"\"\""},
	{"a=1", 3, "a=1"},
	{"'=", 2, "'="},
	{"\0a", 2,
	 "\"\xef\xbf\xbd"
	 "a\""},
	{"\x1b[m", 3, "\"\xef\xbf\xbd[m\""},
	{"\x7f", 1, "\"\xef\xbf\xbd\""},
	{"\xc2\x9b", 2, "\"\xef\xbf\xbd\""},
	{"\xff", 1, "\"\xef\xbf\xbd\""},
	{"\xc3\xa9", 2, "\"\xc3\xa9\""},
};

static void any_bytes_are_one_cell_of_text(void **state)
{
	static const struct field text_only[] = {FIELD(FIELD_TEXT, sample_row, text), FIELD_END};
	struct row_writer writer = {
		.format = &row_formats[ROW_FORMAT_CSV],
		.fields = text_only,
		.buffer = &buffer,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sample_row row = {.text = {texts[i].bytes, texts[i].size}};
		size_t size = strlen(texts[i].cell);

		buffer.size = 0;
		writer.format->row(&writer, &row);
		assert_int_equal(buffer.size, size + 2);
		assert_memory_equal(buffer.bytes, texts[i].cell, size);
		assert_memory_equal(buffer.bytes + size, "\r\n", 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(json_is_an_object_around_the_rows, teardown),
		cmocka_unit_test_teardown(ndjson_is_a_row_a_line, teardown),
		cmocka_unit_test_teardown(csv_has_a_header_and_groups_are_columns, teardown),
		cmocka_unit_test_teardown(any_bytes_are_one_cell_of_text, teardown),
	};

	return cmocka_run_group_tests_name("server/row_format", tests, NULL, NULL);
}
