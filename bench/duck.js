// duck.js: rows.ds, csv.ds and json.ds as queries for DuckDB, to measure dsc against.
//
//     node duck.js rows|csv|json FILE THREADS
//
// Writes the same lines as they do, in any order. Needs the npm package @duckdb/node-api.
const { DuckDBInstance } = require('@duckdb/node-api');

const [name, file, threads] = process.argv.slice(2);
const ads = 'build/bench/ads.csv';
const queries = {
    rows: `SELECT key, min(x), max(x), round(sum(x), 1), count(*)
           FROM read_csv('${file}', header = false, delim = ';', columns = {key: 'VARCHAR', x: 'DOUBLE'}) GROUP BY key`,
    csv: `SELECT key, sum(n)
          FROM read_csv('${file}', header = false, delim = ',', columns = {key: 'VARCHAR', n: 'BIGINT'}) GROUP BY key`,
    json: `SELECT campaign, event_time // 10000 * 10000 AS start, count(*)
           FROM read_json('${file}', format = 'newline_delimited',
                          columns = {ad_id: 'VARCHAR', event_type: 'VARCHAR', event_time: 'BIGINT'})
           JOIN read_csv('${ads}', header = false, columns = {ad: 'VARCHAR', campaign: 'VARCHAR'}) ON ad = ad_id
           WHERE event_type = 'view' GROUP BY campaign, start`,
};

async function main() {
    const db = await DuckDBInstance.create(':memory:', { threads });
    const connection = await db.connect();
    await connection.run(`COPY (${queries[name]}) TO '/dev/stdout' (FORMAT csv, HEADER false)`);
}

main().catch((error) => {
    console.error(`duck.js: ${error.message}`);
    process.exit(1);
});
