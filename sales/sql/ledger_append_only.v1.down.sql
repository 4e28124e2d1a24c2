DROP TRIGGER sale_append_only ON sales_sale;
DROP TRIGGER sale_line_append_only ON sales_saleline;
DROP TRIGGER tender_append_only ON sales_tender;
DROP TRIGGER sale_marks_change ON sales_sale;
DROP TRIGGER sale_line_marks_change ON sales_saleline;
DROP FUNCTION sales_mark_change();
DROP FUNCTION sales_refuse_change();
