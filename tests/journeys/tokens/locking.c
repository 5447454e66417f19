/* A PKCS#11 library of the tests, with one token whose PIN is wrong whatever it is: at the second
 * wrong one it is locked. It counts in the file that YICHUAN_TEST_TRIES names, or in this process.
 * It has what logging in needs, and nothing else. The declarations are those of PKCS#11 2.40
 * (OASIS), written out as far as they are used. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;

#define CKR_OK 0x00UL
#define CKR_SLOT_ID_INVALID 0x03UL
#define CKR_FUNCTION_NOT_SUPPORTED 0x54UL
#define CKR_PIN_INCORRECT 0xA0UL
#define CKR_PIN_LOCKED 0xA4UL
#define CKR_BUFFER_TOO_SMALL 0x150UL

#define CKF_LOGIN_REQUIRED 0x04UL
#define CKF_USER_PIN_INITIALIZED 0x08UL
#define CKF_TOKEN_INITIALIZED 0x400UL
#define CKF_USER_PIN_COUNT_LOW 0x10000UL
#define CKF_USER_PIN_FINAL_TRY 0x20000UL
#define CKF_USER_PIN_LOCKED 0x40000UL

typedef struct {
    CK_BYTE major, minor;
} CK_VERSION;

typedef struct {
    CK_BYTE label[32], manufacturer[32], model[16], serial[16];
    CK_ULONG flags, max_sessions, sessions, max_rw_sessions, rw_sessions;
    CK_ULONG max_pin, min_pin, public_total, public_free, private_total, private_free;
    CK_VERSION hardware, firmware;
    CK_BYTE time[16];
} CK_TOKEN_INFO;

static int in_process;

static int wrong(void) {
    const char *path = getenv("YICHUAN_TEST_TRIES");
    FILE *file = path ? fopen(path, "r") : NULL;
    int count = path ? 0 : in_process;
    if (file && fscanf(file, "%d", &count) != 1) count = 0;
    if (file) fclose(file);
    return count < 2 ? count : 2;
}

static void count_wrong(void) {
    const char *path = getenv("YICHUAN_TEST_TRIES");
    FILE *file = path ? fopen(path, "w") : NULL;
    in_process = in_process < 2 ? in_process + 1 : 2;
    if (file) fprintf(file, "%d", in_process);
    if (file) fclose(file);
}

static CK_RV fine(void) { return CKR_OK; }
static CK_RV unsupported(void) { return CKR_FUNCTION_NOT_SUPPORTED; }

static void put(CK_BYTE *field, CK_ULONG length, const char *text) {
    memset(field, ' ', length);
    memcpy(field, text, strlen(text));
}

static CK_RV get_slot_list(CK_BYTE with_token, CK_ULONG *slots, CK_ULONG *count) {
    (void)with_token;
    if (slots && *count < 1) return CKR_BUFFER_TOO_SMALL;
    if (slots) slots[0] = 0;
    *count = 1;
    return CKR_OK;
}

static CK_RV get_token_info(CK_ULONG slot, CK_TOKEN_INFO *info) {
    static const CK_ULONG tries[] = {
        CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED};
    if (slot) return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    put(info->label, 32, "locking");
    put(info->manufacturer, 32, "yichuan tests");
    put(info->model, 16, "locks");
    put(info->serial, 16, "0001");
    put(info->time, 16, "");
    info->flags =
        CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED | tries[wrong()];
    info->max_pin = 16;
    info->min_pin = 4;
    return CKR_OK;
}

static CK_RV get_mechanism_list(CK_ULONG slot, CK_ULONG *list, CK_ULONG *count) {
    static const CK_ULONG ed25519[] = {0x1055UL, 0x1057UL};
    if (slot) return CKR_SLOT_ID_INVALID;
    if (list) memcpy(list, ed25519, sizeof ed25519);
    *count = 2;
    return CKR_OK;
}

static CK_RV open_session(CK_ULONG slot, CK_ULONG flags, void *data, void *notify, CK_ULONG *new) {
    (void)flags, (void)data, (void)notify;
    *new = 1;
    return slot ? CKR_SLOT_ID_INVALID : CKR_OK;
}

static CK_RV login(CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG length) {
    (void)session, (void)user, (void)pin, (void)length;
    in_process = wrong();
    count_wrong();
    return wrong() < 2 ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED;
}

/* CK_FUNCTION_LIST: the version, then 68 functions in the order of the standard. */
static struct {
    CK_VERSION version;
    void *functions[68];
} list = {{2, 40}, {0}};

CK_RV C_GetFunctionList(void **to) {
    static const int fines[] = {0, 1, 13, 14};
    for (int i = 0; i < 68; i++) list.functions[i] = (void *)unsupported;
    for (int i = 0; i < 4; i++) list.functions[fines[i]] = (void *)fine;
    list.functions[3] = (void *)C_GetFunctionList;
    list.functions[4] = (void *)get_slot_list;
    list.functions[6] = (void *)get_token_info;
    list.functions[7] = (void *)get_mechanism_list;
    list.functions[12] = (void *)open_session;
    list.functions[18] = (void *)login;
    *to = &list;
    return CKR_OK;
}
