/* emit_value.c: values as C expressions.
 *
 * A tuple that the program makes stays in parts as long as it can: most are
 * taken apart again by what comes next, and then no struct is ever filled. */
#include "emit_internal.h"

#include <string.h>



Value value_text(Type *type, Prec prec, const char *text)
{
    return (Value){.type = type, .text = text, .prec = prec};
}

Value value_atom(Type *type, const char *text)
{
    return (Value){.type = type, .text = text, .prec = PREC_PRIMARY, .atom = true};
}

Value value_local(Type *type, const char *name)
{
    return (Value){.type = type, .text = name, .prec = PREC_PRIMARY, .atom = true, .lvalue = true};
}

Value value_pointer(Type *type, const char *name)
{
    return (Value){.type = type, .text = name, .prec = PREC_PRIMARY, .atom = true, .lvalue = true, .pointer = true};
}

Value value_int(Emit *e, Type *type, int64_t i)
{
    Value v = value_atom(type, i == INT64_MIN ? "INT64_MIN" : emit_format(e, "%lld", (long long)i));
    if (i < 0 && i != INT64_MIN)
        v.prec = PREC_UNARY;
    v.constant = true;
    v.ival = i;
    uint64_t size = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    for (v.bits = 1; v.bits < 64 && size >> v.bits; v.bits++)
        continue;
    return v;
}

Value value_bool(bool b)
{
    Value v = value_atom(&type_bool, b ? "true" : "false");
    v.negated = b ? "false" : "true";
    v.negated_prec = PREC_PRIMARY;
    return v;
}

Value value_parts(Emit *e, Type *type)
{
    type = type_of(type);
    Value v = {.type = type};
    v.parts = NEW_ARRAY(e->arena, Value, type->kind == T_OPTION ? 2 : type->n + 1);
    return v;
}

static int part_count(const Value *v)
{
    Type *type = type_of(v->type);
    return type->kind == T_OPTION ? 2 : type->n;
}

bool value_is_settled(const Value *v)
{
    if (!v->parts)
        return v->atom;
    for (int i = 0; i < part_count(v); i++)
        if (!value_is_settled(&v->parts[i]))
            return false;
    return true;
}

const char *value_init(Emit *e, Value v)
{
    if (!v.parts)
        return value_c(e, v);
    Text text = {0};
    for (int i = 0; i < part_count(&v); i++)
        text_printf(&text, "%s%s", i ? ", " : "{", value_init(e, v.parts[i]));
    const char *init = emit_format(e, "%s}", text.n ? text.p : "{false");
    text_free(&text);
    return init;
}

const char *value_c(Emit *e, Value v)
{
    if (v.parts)
        return emit_format(e, "(%s)%s", c_type(e, v.type), value_init(e, v));
    return v.pointer ? emit_format(e, "*%s", v.text) : v.text;
}

const char *value_operand(Emit *e, Value v, Prec prec)
{
    const char *text = value_c(e, v);
    Prec own = v.parts ? PREC_PRIMARY : v.pointer ? PREC_UNARY : v.prec;
    return own < prec ? emit_format(e, "(%s)", text) : text;
}

Value value_store(Emit *e, Value v, const char *hint)
{
    if (v.text && v.atom && v.lvalue)
        return v;
    const char *ctype = c_type(e, v.type);
    const char *init = value_init(e, v);
    const char *name = emit_name(e, hint ? hint : type_hint(e, v.type));
    emit_declare(e, ctype, name, init);
    Value local = value_local(v.type, name);
    local.bits = v.bits;
    return local;
}

const char *value_address(Emit *e, Value v, const char *hint)
{
    v = value_store(e, v, hint);
    return v.pointer ? v.text : emit_format(e, "&%s", v.text);
}

Value value_settle(Emit *e, Value v, const Pattern *hint)
{
    if (v.parts) {
        Value *parts = NEW_ARRAY(e->arena, Value, part_count(&v));
        bool record = type_of(v.type)->kind == T_RECORD;
        for (int i = 0; i < part_count(&v); i++) {
            const Pattern *inner = hint && hint->kind == PAT_TUPLE && i < hint->items.n ? hint->items.at[i] : NULL;
            parts[i] = value_settle(e, v.parts[i], record ? hint_name(e, type_of(v.type)->names[i]) : inner);
        }
        v.parts = parts;
        return v;
    }
    return v.atom ? v : value_store(e, v, hint_text(hint, NULL));
}

Value value_field(Emit *e, Value v, int i)
{
    if (v.parts)
        return v.parts[i];
    if (!v.atom || v.prec < PREC_PRIMARY)
        v = value_store(e, v, NULL);
    Type *type = type_of(v.type);
    const char *name = c_field(e, type, i);
    Value field = value_atom(type->args[i], value_member(e, v, name));
    field.lvalue = v.lvalue;
    return field;
}

const char *value_member(Emit *e, Value v, const char *member)
{
    return emit_format(e, "%s%s%s", v.text, v.pointer ? "->" : ".", member);
}

static Value option_part(Emit *e, Value v, Type *type, const char *part)
{
    if (!v.atom || v.prec < PREC_PRIMARY)
        v = value_store(e, v, NULL);
    Value inner = value_atom(type, value_member(e, v, part));
    inner.lvalue = v.lvalue;
    return inner;
}

Value value_some(Emit *e, Value v)
{
    return v.parts ? v.parts[1] : option_part(e, v, &type_bool, "some");
}

Value value_inner(Emit *e, Value v)
{
    return v.parts ? v.parts[0] : option_part(e, v, type_of(v.type)->args[0], "v");
}

/* ---- conditions ------------------------------------------------------------ */
Value value_not(Emit *e, Value v)
{
    Value not = value_text(&type_bool, PREC_UNARY, NULL);
    const char *text = value_c(e, v);
    if (v.negated) {
        not.text = v.negated;
        not.prec = v.negated_prec;
    } else {
        not.text = emit_format(e, "!%s", value_operand(e, v, PREC_UNARY));
    }
    not.negated = text;
    not.negated_prec = v.prec;
    not.atom = v.atom && not.prec == PREC_PRIMARY;
    return not;
}

Value value_and(Emit *e, Value a, Value b)
{
    if (strcmp(a.text, "true") == 0)
        return b;
    if (strcmp(b.text, "true") == 0)
        return a;
    return value_text(&type_bool, PREC_AND,
                      emit_format(e, "%s && %s", value_operand(e, a, PREC_AND), value_operand(e, b, PREC_AND)));
}

static Value compared(Emit *e, const char *a, const char *op, const char *opposite, const char *b)
{
    bool equal = op[0] == '=' || op[0] == '!';
    Value v = value_text(&type_bool, equal ? PREC_EQ : PREC_REL, emit_format(e, "%s %s %s", a, op, b));
    if (opposite) {
        v.negated = emit_format(e, "%s %s %s", a, opposite, b);
        v.negated_prec = v.prec;
    }
    return v;
}

static bool is_empty_string(const Value *v)
{
    return v->text && strcmp(v->text, "DSC_STR(\"\")") == 0;
}

/* The comparison of a name with a constant; NULL: it is another one. */
static const char *equals_constant(Emit *e, const Value *a, const Value *b)
{
    static const char begin[] = "DSC_STR(";
    const size_t n = sizeof begin - 1;
    const Value *name = b->text && strncmp(b->text, begin, n) == 0 ? a : b, *constant = name == a ? b : a;
    if (!name->atom || !name->lvalue || !constant->text || strncmp(constant->text, begin, n) != 0)
        return NULL;
    return emit_format(e, "DSC_STR_IS(%s, %s", value_c(e, *name), constant->text + n);
}

static bool is_scalar(Type *type)
{
    return type_is_number(type) || type->kind == T_BOOL || type->kind == T_FLOAT;
}

/* Both sides the same: compilers warn of such comparisons. */
static bool is_same(const Value *a, const Value *b)
{
    return a->atom && b->atom && a->text && b->text && strcmp(a->text, b->text) == 0 &&
           type_of(a->type)->kind != T_FLOAT;
}

Value value_equal(Emit *e, Value a, Value b, bool equal)
{
    Type *type = type_of(a.type);
    if (is_scalar(type)) {
        if (is_same(&a, &b))
            return value_bool(equal);
        const char *left = value_operand(e, a, PREC_ADD), *right = value_operand(e, b, PREC_ADD);
        return compared(e, left, equal ? "==" : "!=", equal ? "!=" : "==", right);
    }
    Value same = value_text(&type_bool, PREC_PRIMARY, NULL);
    if (type->kind == T_STRING || type->kind == T_BYTES) {
        Value *other = is_empty_string(&a) ? &b : is_empty_string(&b) ? &a : NULL;
        if (other && other->atom && other->lvalue) {
            const char *n = value_member(e, *other, "n");
            return compared(e, n, equal ? "==" : "!=", equal ? "!=" : "==", "0");
        }
        same.text = equals_constant(e, &a, &b);
        if (!same.text)
            same.text = emit_format(e, "dsc_str_equal(%s, %s)", value_c(e, a), value_c(e, b));
    } else {
        const char *left = value_address(e, a, NULL), *right = value_address(e, b, NULL);
        same.text = emit_format(e, "dsc_equal(%s, %s, %s)", c_descriptor(e, type), left, right);
    }
    return equal ? same : value_not(e, same);
}

/* false < true, said so that no compiler finds it odd. */
static Value bool_less(Emit *e, Value a, Value b, Op op)
{
    if (op == OP_LT || op == OP_LE)
        a = value_not(e, a);
    else
        b = value_not(e, b);
    if (op == OP_LT || op == OP_GT)
        return value_and(e, a, b);
    return value_text(&type_bool, PREC_OR, emit_format(e, "%s || %s", value_operand(e, a, PREC_EQ), value_operand(e, b, PREC_EQ)));
}

Value value_less(Emit *e, Value a, Value b, Op op)
{
    static const char *const text[] = {[OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">="};
    static const char *const opposite[] = {[OP_LT] = ">=", [OP_LE] = ">", [OP_GT] = "<=", [OP_GE] = "<"};
    Type *type = type_of(a.type);
    if (is_scalar(type)) {
        if (is_same(&a, &b))
            return value_bool(op == OP_LE || op == OP_GE);
        if (type->kind == T_BOOL)
            return bool_less(e, a, b, op);
        return compared(e, value_operand(e, a, PREC_ADD), text[op], type->kind == T_FLOAT ? NULL : opposite[op],
                        value_operand(e, b, PREC_ADD));
    }
    const char *order;
    if (type->kind == T_STRING || type->kind == T_BYTES)
        order = emit_format(e, "dsc_compare_str(%s, %s)", value_c(e, a), value_c(e, b));
    else
        order = emit_format(e, "dsc_compare(%s, %s, %s)", c_descriptor(e, type), value_address(e, a, NULL),
                            value_address(e, b, NULL));
    return compared(e, order, text[op], opposite[op], "0");
}

/* ---- conversions ----------------------------------------------------------- */
static Value convert_list(Emit *e, Value v, Type *to)
{
    Made made = made_begin(e, to, value_store(e, v, NULL), NULL, NULL);
    made_end(e, &made, value_convert(e, made.loop.item, to->args[0]));
    return made.list;
}

Value value_convert(Emit *e, Value v, Type *to)
{
    to = type_of(to);
    Type *from = type_of(v.type);
    if (type_equal(from, to)) {
        v.type = to;
        return v;
    }
    if (to->kind == T_FLOAT)
        return v.constant && v.bits < 53
                   ? value_atom(to, emit_format(e, v.ival < 0 ? "(%lld.0)" : "%lld.0", (long long)v.ival))
                   : value_text(to, PREC_UNARY, emit_format(e, "(double)%s", value_operand(e, v, PREC_UNARY)));
    if (to->kind == T_LIST)
        return convert_list(e, v, to);
    if (to->kind == T_OPTION) {
        Value option = value_parts(e, to);
        bool was_option = from->kind == T_OPTION;
        if (was_option)
            v = value_settle(e, v, NULL);
        option.parts[0] = value_convert(e, was_option ? value_inner(e, v) : v, to->args[0]);
        option.parts[1] = was_option ? value_some(e, v) : value_bool(true);
        return option;
    }
    v = value_settle(e, v, NULL);
    Value tuple = value_parts(e, to);
    for (int i = 0; i < to->n; i++)
        tuple.parts[i] = value_convert(e, value_field(e, v, i), to->args[i]);
    return tuple;
}
