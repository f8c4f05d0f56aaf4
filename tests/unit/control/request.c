#include <alloc.h>
#include <control/reply.h>
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#define FRAME(text) text, sizeof text - 1

/* "k" stands for the key that follows: { "command": "ping" } and so on. */
#define PING                                                                                       \
    "\x81\xa7"                                                                                     \
    "command\xa4ping"

static const char peer[] = "\x00\x01\x02\x03\x04";

static const char *address; /* of the sender, as libzmq has it; NULL: it has none */

__attribute__((visibility("default"))) /* CZMQ has it, too */
const char *
__wrap_zmq_msg_gets(const zmq_msg_t *message, const char *property);

const char *__wrap_zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    cr_assert_not_null(message);
    cr_expect_str_eq(property, "Peer-Address");
    return address;
}

/* Two ends: what is sent into the one comes out of the other. */
static zsock_t *ours, *theirs;

static void set_up(void)
{
    ours = zsock_new(ZMQ_PAIR);
    theirs = zsock_new(ZMQ_PAIR);
    cr_assert(zsock_bind(ours, "inproc://request") == 0);
    cr_assert(zsock_connect(theirs, "inproc://request") == 0);
    zsock_set_rcvtimeo(theirs, 5000);
}

static void tear_down(void)
{
    zsock_destroy(&ours);
    zsock_destroy(&theirs);
}

TestSuite(request, .init = set_up, .fini = tear_down, .timeout = 20);

/* Makes a request of the frames behind the routing id; a NULL ends the list. */
static request_t *request_of(const char *const *frames, const size_t *sizes)
{
    zmsg_t *message = zmsg_new();
    zmsg_addmem(message, peer, sizeof peer);
    for (; *frames; frames++, sizes++)
        zmsg_addmem(message, *frames, *sizes);
    cr_assert_eq(zmsg_send(&message, theirs), 0);
    request_t *request = request_receive(zsock_resolve(ours));
    cr_assert_not_null(request);
    cr_expect_null(request_receive(zsock_resolve(ours)), "it was taken as a whole");
    return request;
}

/* Returns the frames of an answer, which the caller owns. */
static zmsg_t *frames_of(request_t *request, zmq_msg_t *body)
{
    request_answer(request, zsock_resolve(ours), body);
    zmsg_t *frames = zmsg_recv(theirs);
    cr_assert_not_null(frames);
    return frames;
}

static zmsg_t *make_reply(request_t *request, const ph_writer_t *fields)
{
    zmq_msg_t body;
    reply_make(request, "epoch", fields, &body);
    return frames_of(request, &body);
}

static zmsg_t *make_error(request_t *request, const struct ph_error *err)
{
    zmq_msg_t body;
    reply_make_error(request, "epoch", err, &body);
    return frames_of(request, &body);
}

static request_t *one_frame(const void *body, size_t size)
{
    return request_of((const char *const[]){body, NULL}, &size);
}

static request_t *json(const char *text)
{
    return one_frame(text, strlen(text));
}

/* Returns the message of the refusal, or "". */
static const char *refusal(request_t *request, enum ph_code code)
{
    static struct ph_error err;
    err = (struct ph_error){0};
    if (request_decode(request, &err) < 0)
        cr_expect_eq(err.code, code, "%s", err.message);
    request_destroy(&request);
    cr_expect_null(request);
    return err.message;
}

/* ---- what is asked ---- */

Test(request, the_body_of_a_dealer_is_read)
{
    ph_cleanup(request_destroy) request_t *request = one_frame(FRAME(PING));
    size_t size;
    cr_assert_eq(request_decode(request, NULL), 0);
    cr_expect_str_eq(request_command(request), "ping");
    cr_expect_null(request_properties(request));
    cr_expect_not(request_is_cast(request));
    cr_expect_not(request_has_delimiter(request));
    cr_expect_arr_eq(request_peer(request, &size), peer, sizeof peer);
    cr_expect_eq(size, sizeof peer);
}

Test(request, the_body_of_a_req_is_read)
{
    ph_cleanup(request_destroy) request_t *request =
        request_of((const char *const[]){"", PING, NULL}, (size_t[]){0, sizeof PING - 1});
    cr_assert_eq(request_decode(request, NULL), 0);
    cr_expect_str_eq(request_command(request), "ping");
    cr_expect(request_has_delimiter(request));
}

Test(request, json_is_read_as_msgpack_is)
{
    ph_cleanup(request_destroy) request_t *request = json(
        "{\"command\":\"start\",\"msg_type\":\"cast\",\"properties\":{\"name\":\"web\"},\"x\":1}");
    cr_assert_eq(request_decode(request, NULL), 0);
    const ph_value_t *name = ph_value_get(request_properties(request), "name");
    cr_expect_str_eq(request_command(request), "start");
    cr_expect_str_eq(ph_value_string(name, ""), "web");
    cr_expect(request_is_cast(request));
}

Test(request, properties_may_be_nil)
{
    ph_cleanup(request_destroy) request_t *request =
        json("{\"command\":\"ping\",\"properties\":null}");
    cr_expect_eq(request_decode(request, NULL), 0);
    cr_expect_eq(ph_value_size(request_properties(request)), 0);
}

Test(request, only_the_word_cast_makes_a_cast)
{
    ph_cleanup(request_destroy) request_t *call =
        json("{\"command\":\"ping\",\"msg_type\":\"call\"}");
    ph_cleanup(request_destroy) request_t *number = json("{\"command\":\"ping\",\"msg_type\":1}");
    request_decode(call, NULL);
    request_decode(number, NULL);
    cr_expect_not(request_is_cast(call));
    cr_expect_not(request_is_cast(number));
}

Test(request, what_it_holds_are_its_frames_and_what_was_made_of_them)
{
    enum { BLANKS = 5000 };
    ph_cleanup(ph_freep) char *text = ph_format("{%*s\"command\":\"x\",\"properties\":{\"a\":[1,2,"
                                                "3]}}",
                                                BLANKS, "");
    ph_cleanup(request_destroy) request_t *bare = json("{}");
    ph_cleanup(request_destroy) request_t *request = json(text);
    size_t came = request_held_bytes(request);
    cr_expect_eq(came - request_held_bytes(bare), strlen(text) - strlen("{}"));
    cr_assert_eq(request_decode(request, NULL), 0);
    size_t packed = request_held_bytes(request);
    cr_expect_gt(packed, came);
    request_properties(request);
    size_t decoded = request_held_bytes(request);
    cr_expect_gt(decoded, packed);
    request_body(request);
    cr_expect_gt(request_held_bytes(request), decoded);
}

/* ---- what cannot be read ---- */

Test(request, a_command_is_a_text)
{
    static const char expected[] = "the request has no text 'command'";
    cr_expect_str_eq(refusal(json("{}"), PH_INVALID), expected);
    cr_expect_str_eq(refusal(json("{\"command\":1}"), PH_INVALID), expected);
    cr_expect_str_eq(refusal(json("{\"command\":null}"), PH_INVALID), expected);
    cr_expect_str_eq(refusal(one_frame(FRAME("\x81\xa7"
                                             "command\xc4\x01x")),
                             PH_INVALID),
                     expected);
}

Test(request, properties_are_a_map)
{
    static const char expected[] = "'properties' is not a map";
    cr_expect_str_eq(refusal(json("{\"command\":\"x\",\"properties\":[]}"), PH_INVALID), expected);
    cr_expect_str_eq(refusal(json("{\"command\":\"x\",\"properties\":\"\"}"), PH_INVALID),
                     expected);
}

#define WITH_CLIENT(id)                                                                            \
    "\x83\xa7"                                                                                     \
    "command\xa4ping\xa6"                                                                          \
    "client\xa8"                                                                                   \
    "12345678\xa2id" id

Test(request, a_request_of_a_client_has_a_number_that_can_be_counted)
{
    static const char expected[] =
        "a request with a 'client' needs an integer 'id', from 1 to 2^63 - 2";
    cr_expect_str_eq(refusal(one_frame(FRAME(WITH_CLIENT("\x01"))), PH_INVALID), "");
    cr_expect_str_eq(refusal(one_frame(FRAME(WITH_CLIENT("\x00"))), PH_INVALID), expected);
    cr_expect_str_eq(refusal(one_frame(FRAME(WITH_CLIENT("\xff"))), PH_INVALID), expected);
    cr_expect_str_eq(refusal(one_frame(FRAME(WITH_CLIENT("\xa1x"))), PH_INVALID), expected);
    cr_expect_str_eq(
        refusal(one_frame(FRAME(WITH_CLIENT("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"))), PH_INVALID),
        expected);
}

Test(request, a_body_that_is_no_map_is_malformed)
{
    cr_expect_str_eq(refusal(one_frame(FRAME("\x93\x01\x02\x03")), PH_MALFORMED),
                     "the message is not a map (4 bytes)");
    cr_expect_str_eq(refusal(one_frame(FRAME("\xff\xfe")), PH_MALFORMED),
                     "the message is not a map (2 bytes)");
    cr_expect_str_eq(refusal(one_frame(FRAME("\x81\xa7"
                                             "com")),
                             PH_MALFORMED),
                     "the message is not valid msgpack: it ends in the middle of a value");
    cr_expect_str_eq(refusal(one_frame(FRAME(" []")), PH_MALFORMED),
                     "the message is not a JSON object");
}

Test(request, frames_without_a_body_are_malformed)
{
    static const char expected[] = "a request has one frame behind the empty one";
    static const size_t sizes[] = {0, 4, 4};
    cr_expect_str_eq(refusal(request_of((const char *const[]){NULL}, sizes), PH_MALFORMED),
                     expected);
    cr_expect_str_eq(refusal(request_of((const char *const[]){"", NULL}, sizes), PH_MALFORMED),
                     expected);
    cr_expect_str_eq(
        refusal(request_of((const char *const[]){"", "body", "more", NULL}, sizes), PH_MALFORMED),
        expected);
    cr_expect_str_eq(
        refusal(request_of((const char *const[]){"body", "more", NULL}, sizes + 1), PH_MALFORMED),
        expected);
}

Test(request, the_limits_of_the_protocol_hold)
{
    static char deep[40], many[8 + 100000];
    memcpy(deep,
           "\x81\xa1"
           "a",
           3);
    memset(deep + 3, 0x91, sizeof deep - 3);
    cr_expect_str_eq(refusal(one_frame(deep, sizeof deep), PH_MALFORMED),
                     "the message is not valid msgpack: it is nested too deep");
    memcpy(many,
           "\x81\xa1"
           "a\xdd\x00\x01\x86\xa0",
           8); /* an array of 100,000 */
    cr_expect_str_eq(refusal(one_frame(many, 8 + 99996), PH_MALFORMED),
                     "the message is not valid msgpack: it ends in the middle of a value");
    memcpy(many,
           "\x81\xa1"
           "a\xdd\x00\x01\x86\x9d",
           8); /* 99,997: with map, key, array 100,000 */
    cr_expect_str_eq(refusal(one_frame(many, 8 + 99997), PH_INVALID),
                     "the request has no text 'command'");
    memcpy(many,
           "\x81\xa1"
           "a\xdd\x00\x01\x86\x9e",
           8);
    cr_expect_str_eq(refusal(one_frame(many, 8 + 99998), PH_MALFORMED),
                     "the message is not valid msgpack: it has too many values");
}

/* ---- what is answered ---- */

static void expect_frame(zmsg_t *message, const void *data, size_t size)
{
    ph_cleanup(zframe_destroy) zframe_t *frame = zmsg_pop(message);
    cr_assert_not_null(frame);
    cr_assert_eq(zframe_size(frame), size);
    cr_expect_arr_eq(zframe_data(frame), data, size);
}

/* Takes the last frame of a reply and shows it as JSON without `time`, which the caller frees. */
static char *show_body(zmsg_t *message, bool is_json)
{
    ph_cleanup(zframe_destroy) zframe_t *frame = zmsg_pop(message);
    cr_assert_not_null(frame);
    cr_expect_eq(zmsg_size(message), 0);
    const char *data = (const char *)zframe_data(frame);
    cr_assert_eq(data[0] == '{', is_json);
    ph_cleanup(ph_message_destroy) ph_message_t *decoded =
        is_json ? NULL : ph_message_new(data, zframe_size(frame), NULL);
    char *text =
        is_json ? ph_strndup(data, zframe_size(frame)) : ph_value_to_json(ph_message_body(decoded));
    char *time = strstr(text, "\"time\":");
    cr_assert_not_null(time, "%s", text);
    char *rest = time + strcspn(time, ",}");
    memmove(time, rest, strlen(rest) + 1);
    return text;
}

Test(request, a_reply_to_a_dealer_has_no_empty_frame)
{
    ph_cleanup(request_destroy) request_t *request = one_frame(FRAME(PING));
    request_decode(request, NULL);
    ph_cleanup(zmsg_destroy) zmsg_t *reply = make_reply(request, NULL);
    expect_frame(reply, peer, sizeof peer);
    ph_cleanup(ph_freep) char *body = show_body(reply, false);
    cr_expect_str_eq(body, "{\"id\":null,\"status\":\"ok\",}");
}

Test(request, a_reply_goes_back_by_the_whole_path_of_its_request)
{
    ph_cleanup(request_destroy) request_t *request =
        request_of((const char *const[]){"hop", "", PING, NULL}, (size_t[]){3, 0, sizeof PING - 1});
    request_decode(request, NULL);
    ph_cleanup(zmsg_destroy) zmsg_t *reply = make_reply(request, NULL);
    expect_frame(reply, peer, sizeof peer);
    expect_frame(reply, "hop", 3);
    expect_frame(reply, "", 0);
    ph_cleanup(ph_freep) char *body = show_body(reply, false);
    cr_expect_str_eq(body, "{\"id\":null,\"status\":\"ok\",}");
}

Test(request, a_reply_has_the_fields_and_the_id_as_it_was)
{
    ph_cleanup(request_destroy) request_t *request =
        json("{\"command\":\"ping\",\"id\":{\"a\":[1,\"x\",null]}}");
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "pid", 7);
    request_decode(request, NULL);
    ph_cleanup(zmsg_destroy) zmsg_t *reply = make_reply(request, fields);
    expect_frame(reply, peer, sizeof peer);
    ph_cleanup(ph_freep) char *body = show_body(reply, true);
    cr_expect_str_eq(body, "{\"id\":{\"a\":[1,\"x\",null]},\"status\":\"ok\",,\"pid\":7}");
}

Test(request, the_deepest_id_that_is_accepted_comes_back)
{
    char text[128] = "{\"command\":\"ping\",\"id\":";
    size_t length = strlen(text);
    memset(text + length, '[', 31);
    memset(text + length + 31, ']', 31);
    memcpy(text + length + 62, "}", 2);
    ph_cleanup(request_destroy) request_t *request = json(text);
    cr_assert_eq(request_decode(request, NULL), 0);
    ph_cleanup(zmsg_destroy) zmsg_t *reply = make_reply(request, NULL);
    expect_frame(reply, peer, sizeof peer);
    ph_cleanup(ph_freep) char *body = show_body(reply, true);
    cr_expect_eq(strncmp(body, "{\"id\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]", 39), 0, "%s", body);
}

Test(request, an_error_has_reason_code_number_and_hint)
{
    ph_cleanup(request_destroy) request_t *request = json("{\"command\":\"ping\",\"id\":\"x\"}");
    struct ph_error err;
    ph_error_set(&err, PH_NOT_FOUND, "no watcher is named 'wbe'");
    ph_error_hint(&err, "did you mean 'web'?");
    request_decode(request, NULL);
    ph_cleanup(zmsg_destroy) zmsg_t *reply = make_error(request, &err);
    expect_frame(reply, peer, sizeof peer);
    ph_cleanup(ph_freep) char *body = show_body(reply, true);
    cr_expect_str_eq(body, "{\"id\":\"x\",\"status\":\"error\",,\"reason\":\"no watcher is named "
                           "'wbe'\",\"code\":\"not_found\",\"errno\":3,\"hint\":\"did you mean "
                           "'web'?\"}");
}

Test(request, every_code_has_the_number_of_the_protocol)
{
    static const struct {
        enum ph_code code;
        int number;
    } rows[] = {
        {PH_MALFORMED, 1}, {PH_UNKNOWN_COMMAND, 2}, {PH_INVALID, 3},     {PH_NOT_FOUND, 3},
        {PH_DENIED, 3},    {PH_INCOMPATIBLE, 3},    {PH_SYSTEM, 4},      {PH_CONFLICT, 5},
        {PH_BUSY, 5},      {PH_TIMEOUT, 5},         {PH_UNAVAILABLE, 5}, {PH_INTERNAL, 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(request_destroy) request_t *request = json("{\"command\":\"x\"}");
        ph_cleanup(ph_freep) char *expected =
            ph_format("{\"id\":null,\"status\":\"error\",,\"reason\":\"r\",\"code\":\"%s\","
                      "\"errno\":%d}",
                      ph_code_name(rows[i].code), rows[i].number);
        struct ph_error err;
        ph_error_set(&err, rows[i].code, "r");
        request_decode(request, NULL);
        ph_cleanup(zmsg_destroy) zmsg_t *reply = make_error(request, &err);
        expect_frame(reply, peer, sizeof peer);
        ph_cleanup(ph_freep) char *body = show_body(reply, true);
        cr_expect_str_eq(body, expected);
    }
}

Test(request, what_could_not_be_read_is_answered_in_its_own_encoding)
{
    struct ph_error err;
    ph_cleanup(request_destroy) request_t *broken = json("{\"command\":");
    ph_cleanup(request_destroy) request_t *binary = one_frame(FRAME("\xff"));
    request_decode(broken, &err);
    ph_cleanup(zmsg_destroy) zmsg_t *text = make_error(broken, &err);
    expect_frame(text, peer, sizeof peer);
    ph_cleanup(ph_freep) char *text_body = show_body(text, true);
    cr_expect_not_null(strstr(text_body, "\"code\":\"malformed\""), "%s", text_body);
    request_decode(binary, &err);
    ph_cleanup(zmsg_destroy) zmsg_t *packed = make_error(binary, &err);
    expect_frame(packed, peer, sizeof peer);
    ph_cleanup(ph_freep) char *packed_body = show_body(packed, false);
    cr_expect_str_eq(packed_body, "{\"id\":null,\"status\":\"error\",,\"reason\":\"the message is "
                                  "not a map (1 bytes)\",\"code\":\"malformed\",\"errno\":1}");
}

/* ---- as Circus reads them ---- */

static void expect_circus(request_t *request, const char *command, const char *properties)
{
    struct ph_error err;
    cr_assert_eq(request_decode_circus(request, &err), 0, "%s", err.message);
    cr_expect_str_eq(request_command(request), command);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(request_properties(request));
    cr_expect_str_eq(json, properties);
}

Test(request, circus_sends_json_or_what_begins_as_a_msgpack_map)
{
    ph_cleanup(request_destroy) request_t *text =
        json(" {\"command\":\"List\",\"properties\":{\"name\":\"x\"}} ");
    expect_circus(text, "List", "{\"name\":\"x\"}");
    cr_expect(request_is_json(text));
    ph_cleanup(request_destroy) request_t *packed = one_frame(FRAME("\x81\xa7"
                                                                    "command\xa4list"));
    expect_circus(packed, "list", "null");
    cr_expect_not(request_is_json(packed));
}

Test(request, properties_of_circus_that_are_no_map_are_none)
{
    ph_cleanup(request_destroy) request_t *list =
        json("{\"command\":\"list\",\"properties\":[\"name\"]}");
    expect_circus(list, "list", "null");
    ph_cleanup(request_destroy) request_t *text =
        json("{\"command\":\"list\",\"properties\":\"name\"}");
    expect_circus(text, "list", "null");
}

Test(request, a_client_of_circus_cannot_ask_again_and_is_no_plugin)
{
    ph_cleanup(request_destroy) request_t *client =
        json("{\"command\":\"list\",\"client\":\"12345678\",\"id\":0}");
    expect_circus(client, "list", "null");
    cr_expect_str_eq(request_client(client), "");
    struct ph_error err;
    ph_cleanup(request_destroy) request_t *reply = json("{\"status\":\"ok\",\"id\":1}");
    cr_expect_lt(request_decode_circus(reply, &err), 0);
    cr_expect_not(request_is_reply(reply));
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "message invalid 'command' is missing");
    cr_expect_eq(wire_slice_int(request_encoded_id(reply), 0), 1, "the error goes to that one");
}

Test(request, an_empty_frame_of_circus_is_an_empty_body_and_answered_by_one_frame)
{
    struct ph_error err;
    ph_cleanup(request_destroy) request_t *request = one_frame("", 0);
    cr_expect_lt(request_decode_circus(request, &err), 0);
    cr_expect_eq(err.code, PH_MALFORMED);
    ph_cleanup(zmsg_destroy) zmsg_t *reply = make_error(request, &err);
    cr_expect_eq(zmsg_size(reply), 2);
}

Test(request, what_a_request_means_here_takes_the_place_of_what_was_sent)
{
    ph_cleanup(request_destroy) request_t *request =
        json("{\"command\":\"RM\",\"properties\":{\"name\":\"x\"},\"id\":7}");
    ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", "web");
    cr_assert_eq(request_decode_circus(request, NULL), 0);
    request_translate(request, "rm", &properties);
    cr_expect_null(properties);
    cr_expect_str_eq(request_command(request), "rm");
    cr_expect_str_eq(ph_value_string(ph_value_get(request_properties(request), "name"), ""), "web");
    size_t size;
    const char *raw = request_raw(request, &size);
    cr_expect_eq(strncmp(raw, "{\"command\":\"RM\"", 15), 0, "%.*s", (int)size, raw);
}

/* ---- who asks ---- */

static void expect_sender(const char *peer_address, const char *words, pid_t pid, uid_t uid)
{
    static const char *const frames[] = {PING, NULL};
    static const size_t sizes[] = {sizeof PING - 1};
    address = peer_address;
    ph_cleanup(request_destroy) request_t *request = request_of(frames, sizes);
    bool is_own = pid > 0 && (uid == geteuid() || uid == 0);
    cr_expect_str_eq(request_sender(request), words, "%s", peer_address);
    cr_expect_eq(request_sender_pid(request), pid, "%s", peer_address);
    cr_expect_eq(request_sender_uid(request), uid, "%s", peer_address);
    cr_expect_eq(request_sender_is_trusted(request), is_own, "%s", peer_address);
}

Test(request, the_kernel_tells_who_sends_over_a_unix_socket)
{
    expect_sender("localhost:1000:100:42", "uid 1000 pid 42", 42, 1000);
    expect_sender("localhost:0:0:1", "uid 0 pid 1", 1, 0);
}

Test(request, a_sender_of_another_pid_namespace_is_told_by_its_uid_and_not_trusted)
{
    expect_sender("localhost:1000:100:0", "uid 1000 pid 0", 0, 1000);
    expect_sender("localhost:0:0:0", "uid 0 pid 0", 0, 0);
}

Test(request, of_others_nothing_is_known)
{
    expect_sender(NULL, "", 0, 0);
    expect_sender("127.0.0.1", "", 0, 0);
    expect_sender("localhost:1000:100", "", 0, 0);
    expect_sender("localhost:1000:100:42:1", "", 0, 0);
    expect_sender("localhost:a:100:42", "", 0, 0);
}
