"""What pages draw: builders of the contexts that templates/reporting/parts/ show."""
