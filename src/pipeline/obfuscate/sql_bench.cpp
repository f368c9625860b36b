// Megabytes of SQL per second of CPU, on statements as ORMs write them. One object for all, as the pipeline has it.
#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "pipeline/obfuscate/sql.h"

namespace vizsla::pipeline {
namespace {

using Statements = std::vector<std::string>;

Statements short_statements() {
  return {
      "BEGIN",
      "COMMIT",
      "SELECT 1",
      "SELECT version()",
      "SET search_path TO tenant_42, public",
      "SAVEPOINT s140_x3",
      "SELECT id, name FROM users WHERE id = 42",
      "DELETE FROM sessions WHERE expires_at < '2026-11-21 10:00:00'",
      "UPDATE carts SET updated_at = now(), version = 7 WHERE id = 9912",
      "select nextval('orders_id_seq')",
      "UPDATE \"product\" SET \"stock\" = (\"product\".\"stock\" - 1) WHERE \"product\".\"id\" = 5512",
  };
}

Statements django_statements() {
  return {
      R"(SELECT "shop_product"."id", "shop_product"."sku", "shop_product"."title", "shop_product"."price", )"
      R"("shop_product"."currency", "shop_product"."stock", "shop_product"."created_at", "shop_category"."id", )"
      R"("shop_category"."name", "shop_category"."slug" FROM "shop_product" INNER JOIN "shop_category" ON )"
      R"(("shop_product"."category_id" = "shop_category"."id") WHERE ("shop_product"."active" = true AND )"
      R"("shop_category"."slug" = 'garden-tools' AND "shop_product"."price" <= '129.90') )"
      R"(ORDER BY "shop_product"."created_at" DESC LIMIT 25 OFFSET 50)",
      R"(SELECT COUNT(*) AS "__count" FROM "shop_order" WHERE ("shop_order"."customer_id" = 81920 AND )"
      R"("shop_order"."status" IN ('paid', 'shipped', 'delivered')))",
      R"(INSERT INTO "shop_order" ("customer_id", "status", "total", "currency", "created_at", "updated_at", "note") )"
      R"(VALUES (81920, 'paid', '129.90', 'EUR', '2026-11-21T10:15:30.123456+00:00'::timestamptz, )"
      R"('2026-11-21T10:15:30.123456+00:00'::timestamptz, 'Please ring twice; it''s the blue door') )"
      R"(RETURNING "shop_order"."id")",
      R"(SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login", "auth_user"."is_superuser", )"
      R"("auth_user"."username", "auth_user"."first_name", "auth_user"."last_name", "auth_user"."email", )"
      R"("auth_user"."is_staff", "auth_user"."is_active", "auth_user"."date_joined" FROM "auth_user" )"
      R"(WHERE "auth_user"."username" = 'maria.lopez' LIMIT 21)",
  };
}

Statements hibernate_statements() {
  return {
      "select orderentit0_.id as id1_4_0_, orderentit0_.created_at as created_2_4_0_, orderentit0_.customer_id as "
      "customer3_4_0_, orderentit0_.status as status4_4_0_, orderentit0_.total_amount as total_am5_4_0_, "
      "items1_.order_id as order_id6_5_1_, items1_.id as id1_5_1_, items1_.id as id1_5_2_, items1_.product_id as "
      "product_2_5_2_, items1_.quantity as quantity3_5_2_, items1_.unit_price as unit_pri4_5_2_ from orders "
      "orderentit0_ left outer join order_items items1_ on orderentit0_.id=items1_.order_id where "
      "orderentit0_.customer_id=? and orderentit0_.status<>? order by orderentit0_.created_at desc limit ?",
      "insert into audit_log (actor_id, action, entity_type, entity_id, payload, created_at, id) values (?, ?, ?, ?, "
      "?, ?, ?)",
      "update inventory set quantity=?, reserved=?, version=? where id=? and version=?",
      "/* ApplicationName=billing-service traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' */ "
      "select p1_0.id,p1_0.amount,p1_0.currency,p1_0.due_date,p1_0.invoice_number,p1_0.paid_at,p1_0.state from "
      "payments p1_0 where p1_0.invoice_number=? and p1_0.state in (?,?,?) fetch first ? rows only",
  };
}

Statements active_record_statements() {
  return {
      "SELECT `users`.* FROM `users` WHERE `users`.`deleted_at` IS NULL AND `users`.`email` = 'someone@example.org' "
      "ORDER BY `users`.`id` ASC LIMIT 1",
      "SELECT DISTINCT `articles`.`id` AS t0_r0, `articles`.`title` AS t0_r1, `articles`.`body` AS t0_r2, "
      "`articles`.`published_at` AS t0_r3, `comments`.`id` AS t1_r0, `comments`.`article_id` AS t1_r1, "
      "`comments`.`text` AS t1_r2 FROM `articles` LEFT OUTER JOIN `comments` ON `comments`.`article_id` = "
      "`articles`.`id` WHERE `articles`.`state` = 2 AND (articles.published_at BETWEEN '2026-10-01 00:00:00' AND "
      "'2026-10-31 23:59:59') /*application:blog,controller:articles,action:index*/",
      "INSERT INTO `events` (`kind`, `user_id`, `payload`, `created_at`, `updated_at`) VALUES ('page_view', 55102, "
      "'{\\\"path\\\":\\\"/pricing\\\",\\\"ref\\\":null}', '2026-11-21 10:15:30', '2026-11-21 10:15:30')",
  };
}

// Lists of ids, and rows of a bulk insert.
Statements list_statements() {
  Statements statements;
  for (const int ids : {10, 50, 200}) {
    std::string statement = "SELECT t.id, t.name, t.updated_at FROM tags t WHERE t.deleted = false AND t.id IN (";
    for (int i = 0; i < ids; ++i) statement += fmt::format("{}{}", i == 0 ? "" : ", ", 100'000 + i * 37);
    statements.push_back(statement + ") ORDER BY t.name");
  }
  for (const int rows : {5, 20}) {
    std::string statement = "INSERT INTO metrics (host, name, value, ts) VALUES ";
    for (int i = 0; i < rows; ++i) {
      statement += fmt::format("{}('web-{}', 'requests.count', {}.25, '2026-11-21 10:{:02}:00')", i == 0 ? "" : ", ", i,
                               i * 91, i % 60);
    }
    statements.push_back(statement);
  }
  return statements;
}

Statements realistic_statements() {
  Statements all;
  for (const Statements& some : {short_statements(), django_statements(), hibernate_statements(),
                                 active_record_statements(), list_statements()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void obfuscate_all(benchmark::State& state, SqlMode mode, const Statements& statements) {
  SqlObfuscator obfuscator({.mode = mode});
  std::size_t bytes = 0;
  for (const std::string& statement : statements) bytes += statement.size();
  for (auto _ : state) {
    for (const std::string& statement : statements) benchmark::DoNotOptimize(obfuscator.obfuscate(statement));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
  state.counters["bytes_each"] = static_cast<double>(bytes) / static_cast<double>(statements.size());
}

BENCHMARK_CAPTURE(obfuscate_all, default_short, SqlMode::Default, short_statements());
BENCHMARK_CAPTURE(obfuscate_all, default_django, SqlMode::Default, django_statements());
BENCHMARK_CAPTURE(obfuscate_all, default_hibernate, SqlMode::Default, hibernate_statements());
BENCHMARK_CAPTURE(obfuscate_all, default_active_record, SqlMode::Default, active_record_statements());
BENCHMARK_CAPTURE(obfuscate_all, default_lists, SqlMode::Default, list_statements());
BENCHMARK_CAPTURE(obfuscate_all, default_realistic, SqlMode::Default, realistic_statements());
BENCHMARK_CAPTURE(obfuscate_all, obfuscate_only_realistic, SqlMode::ObfuscateOnly, realistic_statements());
BENCHMARK_CAPTURE(obfuscate_all, normalize_only_realistic, SqlMode::NormalizeOnly, realistic_statements());
BENCHMARK_CAPTURE(obfuscate_all, obfuscate_and_normalize_realistic, SqlMode::ObfuscateAndNormalize,
                  realistic_statements());

}  // namespace
}  // namespace vizsla::pipeline
