/* dsc.y: the grammar of dsc. Actions only build the AST (compiler/build.c).
 *
 * Statements end in SEP, which newline.c makes of line ends and `;`; directly
 * inside a block it is BLOCK_SEP, so that an error in a block skips the whole
 * statement. No operator, function, source, sink or format name is a token. */
%require "3.8"
%define api.pure full
%define api.token.prefix {TOK_}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%parse-param {Parser *p}
%lex-param {Parser *p}
%initial-action { @$ = (Span){1, 1, 1, 1, p->program->number}; }

%code requires {
#include "parser.h"
}

%code provides {
/* newline.c: the next word of the program as the grammar sees it. */
int tokens_next(Parser *p, YYSTYPE *value, Span *span);
/* Flex makes it of dsc.l. */
int lexer_lex(YYSTYPE *value, Span *span, void *scanner);
}

%code {
#define YYMAXDEPTH 200000
#define YYLLOC_DEFAULT(current, rhs, n) \
    do { \
        if (n) \
            (current) = span_join(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n)); \
        else \
            (current) = (Span){YYRHSLOC(rhs, 0).end_line, YYRHSLOC(rhs, 0).end_col, YYRHSLOC(rhs, 0).end_line, \
                               YYRHSLOC(rhs, 0).end_col, YYRHSLOC(rhs, 0).file}; \
    } while (0)

static int yylex(YYSTYPE *value, Span *span, Parser *p)
{
    return tokens_next(p, value, span);
}

static void yyerror(const Span *at, Parser *p, const char *message);
}

%union {
    const char *name;
    Op op;
    Expr *expr;
    Arg *arg;
    Args *args;
    Format *format;
    Pattern *pattern;
    Patterns *patterns;
    TypeExpr *type;
    Let *let;
    Lets *lets;
    Clause *clause;
    Clauses *clauses;
    Stmt *stmt;
}

/* Names are what syntax.c says of them, or asks for. */
%token END 0 "the end of the program"
%token SEP "the end of the line"
%token BLOCK_SEP "the end of the line in a block"
%token BAD "a word already reported"
%token <name> NAME "a name"
%token <expr> NUMBER "a number" DURATION "a duration" STRING "a string"
%token <name> INDEX "a part's number"
%token HOLE "_"
%token <name> LET "let" FN "fn" SOURCE "source" TABLE "table" SINK "sink" AS "as" IF "if" THEN "then" ELSE "else"
%token <name> AND "and" OR "or" NOT "not" IS "is" TRUE "true" FALSE "false" NONE "none" SOME "some"
%token <name> BATCH "batch" CHECKPOINT "checkpoint" EVERY "every" KEEP "keep" ON_ERROR "on error" PARAM "param" PIPE "pipe"
%token <name> TYPE "type" EXTERN "extern" IMPORT "import" TEST "test" GIVE "give" EXPECT "expect" CRASH "crash"
%token ARROW "=>" EQ "==" NE "!=" LE "<=" GE ">=" COALESCE "??" OPTDOT "?." DOTDOT ".."
%token '+' "+" '-' "-" '*' "*" '/' "/" '%' "%" '<' "<" '>' ">" '=' "=" '|' "|" ',' "," ':' ":" ';' ";"
%token '.' "." '?' "?" '!' "!" '(' "(" ')' ")" '{' "{" '}' "}" '[' "[" ']' "]"

%type <stmt> statement
%type <expr> expr lambda conditional pipeline chain stage or_expr and_expr not_expr comparison operand sum product unary
%type <expr> postfix primary paren list record block source literal every keep
%type <arg> item arg field format_arg
%type <args> items elements args arg_list call_args fields format_args format_arg_list
%type <op> comparator
%type <name> word field_name
%type <format> format sink_format
%type <pattern> pattern param
%type <patterns> pattern_list params param_list pipe_params
%type <type> type type_list type_fields result
%type <let> let
%type <lets> lets
%type <clauses> clauses
%type <clause> clause

%%

program:
    %empty
  | program statement SEP       { vec_push(p->arena, &p->program->stmts, $2); }
  | program error SEP           { yyerrok; }
  ;

statement:
    BATCH expr                  { $$ = build_stmt(p, S_BATCH, @$); $$->value = $2; }
  | CHECKPOINT expr every keep  { $$ = build_stmt(p, S_CHECKPOINT, @$); $$->value = $2; $$->every = $3; $$->keep = $4; }
  | ON_ERROR NAME call_args     { $$ = build_stmt(p, S_ON_ERROR, @$); $$->name = $2; $$->name_span = @2; $$->args = *$3; }
  | PARAM NAME ':' type '=' expr
                                { $$ = build_stmt(p, S_PARAM, @$); $$->name = $2; $$->name_span = @2; $$->annotation = $4;
                                  $$->value = $6; }
  | PARAM NAME ':' type         { $$ = build_stmt(p, S_PARAM, @$); $$->name = $2; $$->name_span = @2; $$->annotation = $4; }
  | TYPE NAME '=' type          { $$ = build_stmt(p, S_TYPE, @$); $$->name = $2; $$->name_span = @2; $$->annotation = $4; }
  | FN NAME '(' params ')' result '=' expr
                                { $$ = build_stmt(p, S_FN, @$); $$->name = $2; $$->name_span = @2;
                                  vec_copy(&$$->params, $4); $$->annotation = $6; $$->value = $8; }
  | EXTERN FN NAME '(' params ')' result '=' STRING
                                { $$ = build_stmt(p, S_EXTERN, @$); $$->name = $3; $$->name_span = @3;
                                  vec_copy(&$$->params, $5); $$->annotation = $7; $$->value = $9; }
  | let                         { $$ = build_stmt(p, S_LET, @$); $$->pattern = $1->pattern; $$->value = $1->value; }
  | PIPE NAME pipe_params '=' chain
                                { $$ = build_stmt(p, S_PIPE, @$); $$->name = $2; $$->name_span = @2;
                                  vec_copy(&$$->params, $3); $$->value = $5; }
  | IMPORT STRING               { $$ = build_stmt(p, S_IMPORT, @$); $$->value = $2; $$->name_span = @2; }
  | IMPORT NAME                 { $$ = build_stmt(p, S_IMPORT, @$); $$->name = $2; $$->name_span = @2; }
  | TEST STRING '{' clauses '}' { $$ = build_test(p, build_field_name(p, $2), @2, $4, @$); }
  | expr                        { $$ = build_stmt(p, S_EXPR, @$); $$->value = $1; }
  ;

clauses:
    %empty                      { $$ = NEW(p->arena, Clauses); }
  | clauses clause              { $$ = $1; vec_push(p->arena, $$, *$2); }
  | clauses ';'
  ;

clause:
    GIVE NAME '=' expr          { $$ = build_clause(p, true, $2, @2, $4, @$); }
  | EXPECT NAME '=' expr        { $$ = build_clause(p, false, $2, @2, $4, @$); }
  | CRASH NAME                  { $$ = build_clause(p, false, NULL, @2, NULL, @$); }
  ;

every:
    %empty                      { $$ = NULL; }
  | EVERY expr                  { $$ = $2; }
  ;

keep:
    %empty                      { $$ = NULL; }
  | KEEP expr                   { $$ = $2; }
  ;

result:
    %empty                      { $$ = NULL; }
  | ':' type                    { $$ = $2; }
  ;

let:
    LET pattern '=' expr        { $$ = NEW(p->arena, Let); $$->pattern = $2; $$->value = $4; }
  | LET pattern ':' type '=' expr
                                { $$ = NEW(p->arena, Let); $$->pattern = $2; $2->annotation = $4; $$->value = $6; }
  ;

/* ---- patterns and parameters ---- */

pattern:
    NAME                        { $$ = build_pattern(p, PAT_NAME, $1, @1); }
  | HOLE                        { $$ = build_pattern(p, PAT_IGNORE, NULL, @1); }
  | '(' pattern_list ')'        { $$ = $2->at[0];
                                  if ($2->n > 1) {
                                      $$ = build_pattern(p, PAT_TUPLE, NULL, @$);
                                      vec_copy(&$$->items, $2);
                                  } }
  ;

pattern_list:
    pattern                     { $$ = NEW(p->arena, Patterns); vec_push(p->arena, $$, $1); }
  | pattern_list ',' pattern    { $$ = $1; vec_push(p->arena, $$, $3); }
  ;

params:
    %empty                      { $$ = NEW(p->arena, Patterns); }
  | param_list
  | param_list ','
  ;

param_list:
    param                       { $$ = NEW(p->arena, Patterns); vec_push(p->arena, $$, $1); }
  | param_list ',' param        { $$ = $1; vec_push(p->arena, $$, $3); }
  ;

param:
    pattern
  | pattern ':' type            { $$ = $1; $$->annotation = $3; }
  ;

pipe_params:
    %empty                      { $$ = NEW(p->arena, Patterns); }
  | '(' params ')'              { $$ = $2; }
  ;

/* ---- types ---- */

type:
    NAME                        { $$ = build_type(p, TE_NAME, @$); $$->name = $1; }
  | '(' type_list ')'           { $$ = $2->fields.n > 1 ? $2 : $2->fields.at[0].type; $2->span = @$; }
  | '{' type_fields '}'         { $$ = build_record_type(p, $2, @$); }
  | '{' type_fields ',' '}'     { $$ = build_record_type(p, $2, @$); }
  | '[' type ']'                { $$ = build_type(p, TE_LIST, @$); build_type_field(p, $$, NULL, $2, @2); }
  | type '?'                    { $$ = build_type(p, TE_OPTION, @$); build_type_field(p, $$, NULL, $1, @1); }
  | type COALESCE               { Span inner = @$;
                                  inner.end_col--;
                                  TypeExpr *option = build_type(p, TE_OPTION, inner);
                                  build_type_field(p, option, NULL, $1, @1);
                                  $$ = build_type(p, TE_OPTION, @$);
                                  build_type_field(p, $$, NULL, option, inner); }
  ;

type_list:
    type                        { $$ = build_type(p, TE_TUPLE, @$); build_type_field(p, $$, NULL, $1, @1); }
  | type_list ',' type          { $$ = $1; build_type_field(p, $$, NULL, $3, @3); }
  ;

type_fields:
    field_name ':' type         { $$ = build_type(p, TE_RECORD, @$); build_type_field(p, $$, $1, $3, @1); }
  | type_fields ',' field_name ':' type
                                { $$ = $1; build_type_field(p, $$, $3, $5, @3); }
  ;

/* ---- expressions, loosest first ---- */

expr:
    pipeline
  | lambda
  | conditional
  ;

lambda:
    NAME ARROW expr             { $$ = build_lambda(p, build_named(p, E_NAME, $1, @1, @1), @1, $3, @$); }
  | HOLE ARROW expr             { $$ = build_lambda(p, build_expr(p, E_HOLE, @1), @1, $3, @$); }
  | paren ARROW expr            { $$ = build_lambda(p, $1, @1, $3, @$); }
  | '(' ')' ARROW expr          { $$ = build_lambda(p, NULL, @1, $4, @$); }
  ;

conditional:
    IF expr THEN expr ELSE expr { $$ = build_expr(p, E_IF, @$); $$->a = $2; $$->b = $4; $$->c = $6; }
  ;

pipeline:
    or_expr
  | pipeline '|' stage          { $$ = build_pipe(p, $1, @1, $3, @$); }
  ;

chain:
    stage
  | chain '|' stage             { $$ = build_pipe(p, $1, @1, $3, @$); }
  ;

stage:
    NAME call_args              { $$ = build_named(p, E_PIPE, $1, @1, @$); $$->args = *$2; }
  | SINK NAME call_args sink_format
                                { $$ = build_named(p, E_SINK, $2, @2, @$); $$->args = *$3; $$->format = *$4; }
  ;

sink_format:
    %empty                      { $$ = NEW(p->arena, Format); }
  | AS format                   { $$ = $2; }
  ;

or_expr:
    and_expr
  | or_expr OR and_expr         { $$ = build_binary(p, OP_OR, $1, $3, @$); }
  ;

and_expr:
    not_expr
  | and_expr AND not_expr       { $$ = build_binary(p, OP_AND, $1, $3, @$); }
  ;

not_expr:
    comparison
  | NOT not_expr                { $$ = build_expr(p, E_UNARY, @$); $$->op = OP_NOT; $$->a = $2; }
  ;

comparison:
    operand
  | comparison comparator operand
                                { $$ = build_compare(p, $2, $1, @1, $3, @$); }
  | comparison IS NONE          { $$ = build_is(p, $1, @1, NULL, @$); }
  | comparison IS SOME '(' pattern ')'
                                { $$ = build_is(p, $1, @1, $5, @$); }
  ;

comparator:
    EQ                          { $$ = OP_EQ; }
  | NE                          { $$ = OP_NE; }
  | '<'                         { $$ = OP_LT; }
  | LE                          { $$ = OP_LE; }
  | '>'                         { $$ = OP_GT; }
  | GE                          { $$ = OP_GE; }
  ;

operand:
    sum
  | sum COALESCE operand        { $$ = build_coalesce(p, $1, @1, $3, @3, @$); }
  ;

sum:
    product
  | sum '+' product             { $$ = build_binary(p, OP_ADD, $1, $3, @$); }
  | sum '-' product             { $$ = build_binary(p, OP_SUB, $1, $3, @$); }
  ;

product:
    unary
  | product '*' unary           { $$ = build_binary(p, OP_MUL, $1, $3, @$); }
  | product '/' unary           { $$ = build_binary(p, OP_DIV, $1, $3, @$); }
  | product '%' unary           { $$ = build_binary(p, OP_MOD, $1, $3, @$); }
  ;

unary:
    postfix
  | '-' unary                   { $$ = build_expr(p, E_UNARY, @$); $$->op = OP_NEG; $$->a = $2; }
  ;

postfix:
    primary
  | postfix '.' field_name      { $$ = build_named(p, E_FIELD, $3, @3, @$); $$->a = $1; }
  | postfix '.' word '(' args ')'
                                { $$ = build_named(p, E_METHOD, $3, @3, @$); $$->a = $1; $$->args = *$5; }
  | postfix INDEX               { Span number = @2;
                                  number.col++;
                                  $$ = build_named(p, E_FIELD, $2, number, @$);
                                  $$->a = $1; }
  | postfix OPTDOT field_name   { $$ = build_named(p, E_OPT_FIELD, $3, @3, @$); $$->a = $1; }
  | postfix '[' expr ']'        { $$ = build_expr(p, E_INDEX, @$); $$->a = $1; $$->b = $3; }
  | postfix '!'                 { $$ = build_expr(p, E_BANG, @$); $$->a = $1; }
  | postfix AS format           { $$ = build_as(p, $1, @1, $3, @$); }
  ;

primary:
    literal
  | NAME                        { $$ = build_named(p, E_NAME, $1, @1, @$); }
  | HOLE                        { $$ = build_expr(p, E_HOLE, @$); }
  | NAME '(' args ')'           { $$ = build_named(p, E_CALL, $1, @1, @$); $$->args = *$3; }
  | SOME '(' expr ')'           { $$ = build_expr(p, E_SOME, @$); $$->a = $3; }
  | paren
  | list
  | record
  | block
  | source
  ;

literal:
    NUMBER
  | DURATION
  | STRING
  | TRUE                        { $$ = build_expr(p, E_BOOL, @$); $$->ival = 1; }
  | FALSE                       { $$ = build_expr(p, E_BOOL, @$); }
  | NONE                        { $$ = build_expr(p, E_NONE, @$); }
  ;

paren:
    '(' items ')'               { $$ = build_paren(p, $2, false, @$); }
  | '(' items ',' ')'           { $$ = build_paren(p, $2, true, @$); }
  ;

items:
    item                        { $$ = build_args(p, NULL, $1); }
  | items ',' item              { $$ = build_args(p, $1, $3); }
  ;

item:
    expr                        { $$ = build_arg(p, NULL, @1, $1, @$); }
  | expr ':' type               { Expr *annotated = build_expr(p, E_ANNOT, @$);
                                  annotated->a = $1;
                                  annotated->annotation = $3;
                                  $$ = build_arg(p, NULL, @1, annotated, @$); }
  ;

list:
    '[' ']'                     { $$ = build_items(p, E_LIST, NULL, @$); }
  | '[' elements ']'            { $$ = build_items(p, E_LIST, $2, @$); }
  | '[' elements ',' ']'        { $$ = build_items(p, E_LIST, $2, @$); }
  ;

elements:
    expr                        { $$ = build_args(p, NULL, build_arg(p, NULL, @1, $1, @1)); }
  | elements ',' expr           { $$ = build_args(p, $1, build_arg(p, NULL, @3, $3, @3)); }
  ;

record:
    '{' fields '}'              { $$ = build_record(p, $2, @$); }
  | '{' fields ',' '}'          { $$ = build_record(p, $2, @$); }
  ;

fields:
    field                       { $$ = build_args(p, NULL, $1); }
  | fields ',' field            { $$ = build_args(p, $1, $3); }
  ;

field:
    NAME                        { $$ = build_arg(p, $1, @1, build_named(p, E_NAME, $1, @1, @1), @$); }
  | field_name ':' expr         { $$ = build_arg(p, $1, @1, $3, @$); }
  | DOTDOT expr                 { $$ = build_arg(p, NULL, @1, $2, @$); }
  ;

block:
    '{' lets BLOCK_SEP expr '}' { $$ = build_block(p, $2, $4, @$); }
  | '{' lets BLOCK_SEP expr BLOCK_SEP '}'
                                { $$ = build_block(p, $2, $4, @$); }
  | '{' lets '}'                { $$ = build_block(p, $2, NULL, @$); }
  | '{' lets BLOCK_SEP '}'      { $$ = build_block(p, $2, NULL, @$); }
  ;

lets:
    let                         { $$ = NEW(p->arena, Lets); vec_push(p->arena, $$, *$1); }
  | lets BLOCK_SEP let          { $$ = $1; vec_push(p->arena, $$, *$3); }
  ;

source:
    SOURCE NAME call_args       { $$ = build_named(p, E_SOURCE, $2, @2, @$); $$->args = *$3; }
  | TABLE NAME call_args        { $$ = build_named(p, E_TABLE, $2, @2, @$); $$->args = *$3; }
  ;

/* ---- arguments and formats ---- */

call_args:
    %empty                      { $$ = build_args(p, NULL, NULL); }
  | '(' args ')'                { $$ = $2; }
  ;

args:
    %empty                      { $$ = build_args(p, NULL, NULL); }
  | arg_list                    { $$ = build_check_args(p, $1); }
  | arg_list ','                { $$ = build_check_args(p, $1); }
  ;

arg_list:
    arg                         { $$ = build_args(p, NULL, $1); }
  | arg_list ',' arg            { $$ = build_args(p, $1, $3); }
  ;

arg:
    expr                        { $$ = build_arg(p, NULL, @1, $1, @$); }
  | field_name ':' expr         { $$ = build_arg(p, $1, @1, $3, @$); }
  ;

format:
    NAME                        { $$ = NEW(p->arena, Format); $$->name = $1; $$->span = @$; }
  | NAME '(' format_args ')'    { $$ = NEW(p->arena, Format); $$->name = $1; $$->span = @$; $$->args = *$3; }
  ;

format_args:
    %empty                      { $$ = build_args(p, NULL, NULL); }
  | format_arg_list             { $$ = build_check_args(p, $1); }
  | format_arg_list ','         { $$ = build_check_args(p, $1); }
  ;

format_arg_list:
    format_arg                  { $$ = build_args(p, NULL, $1); }
  | format_arg_list ',' format_arg
                                { $$ = build_args(p, $1, $3); }
  ;

format_arg:
    type                        { $$ = build_arg(p, NULL, @1, NULL, @$); $$->type = $1; }
  | literal                     { $$ = build_arg(p, NULL, @1, $1, @$); }
  | field_name ':' expr         { $$ = build_arg(p, $1, @1, $3, @$); }
  ;

/* ---- words that are names: after `.` and before `:` ---- */

field_name:
    word
  | STRING                      { $$ = build_field_name(p, $1); }
  ;

word:
    NAME | LET | FN | SOURCE | TABLE | SINK | AS | IF | THEN | ELSE | AND | OR | NOT | IS | TRUE | FALSE | NONE | SOME
  ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, Parser *p)
{
    enum { MOST = YYNTOKENS };
    yysymbol_kind_t kinds[MOST];
    const char *names[MOST];
    int n = yypcontext_expected_tokens(context, kinds, MOST);
    for (int i = 0; i < n; i++)
        names[i] = yysymbol_name(kinds[i]);
    const Span *at = yypcontext_location(context);
    if (n >= 0 && yypcontext_token(context) != YYSYMBOL_BAD)
        syntax_error(p, *at, names, n);
    tokens_recover(p);
    return n < 0 ? n : 0;
}

/* Bison's own complaint, of which there is one: its stack is full. */
static void yyerror(const Span *at, Parser *p, const char *message)
{
    (void)message;
    diag_error(p->diags, E0112, *at, "the program is nested too deeply");
    diag_help(p->diags, "give inner parts names with `let` or `fn`");
}
